import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

switch arguments.first {
case "api":
  exit(try APICommand.run(Array(arguments.dropFirst())))
case "kernels":
  exit(try KernelsCommand.run(Array(arguments.dropFirst())))
default:
  print("usage: sjgen api|kernels [--check]")
  exit(2)
}
