import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

switch arguments.first {
case "kernels":
  exit(try KernelsCommand.run(Array(arguments.dropFirst())))
default:
  print("usage: sjgen kernels [--check]")
  exit(2)
}
