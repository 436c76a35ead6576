import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())

switch arguments.first {
case "api":
  exit(try APICommand.run(Array(arguments.dropFirst())))
default:
  print("usage: sjgen api [--check]")
  exit(2)
}
