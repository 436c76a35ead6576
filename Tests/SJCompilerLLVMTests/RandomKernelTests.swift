import SJLoopIR
import SJTypes
import Testing

@testable import SJCompilerLLVM

/// Kernels put together at random: values of several types mixed in one graph, of which
/// several results are stored or reduced.
@Suite(.enabled(if: Native.isAvailable, "needs libswiftjax-compiler.so (make compiler)"))
struct RandomKernelTests {
  @Test(arguments: 0..<24)
  func graph(seed: Int) throws {
    for target in Native.targets {
      let test = KernelTest(seed: UInt64(seed))
      var graph = RandomGraph(test, seed: UInt64(seed))
      graph.build()
      try test.check(target)
    }
  }
}

private struct RandomGraph {
  private let test: KernelTest
  private var random: RandomBits
  private var values: [ExprID] = []

  init(_ test: KernelTest, seed: UInt64) {
    self.test = test
    random = RandomBits(state: seed &* 77 &+ 5)
  }

  private var builder: KernelBuilder { test.builder }
  private mutating func number(below bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
  private mutating func pick<T>(_ choices: [T]) -> T { choices[number(below: choices.count)] }

  mutating func build() {
    let rows = 1 + number(below: 3)
    let columns = pick([1, 5, 16, 33, 67])
    let types: [ScalarType] = [.f32, .f32, .f64, .i32, .u8, .i64, .bool, .bf16]
    let matrices = (0..<3).map { _ in test.input(pick(types), [rows, columns]) }
    let row = test.input(pick(types), [columns])
    let column = test.input(pick(types), [rows, 1])
    builder.parallel([rows]) { i in
      let total = test.reduce(pick([.lanes, .sequential, .blocks]), columns, .add, 0) { j in
        builder.convert(test.load(matrices[0], [i[0], j]), to: .f32)
      }
      builder.parallel([columns]) { j in
        values =
          matrices.map { test.load($0, i + j) } + [test.load(row, j), test.load(column, [i[0], builder.index(0)])]
        values += [total, builder.convert(j[0], to: .i32)]
        for _ in 0..<12 { values.append(next()) }
        for value in values.suffix(3) {
          builder.store(value, to: test.output(builder.type(of: value), [rows, columns]), at: i + j)
        }
      }
    }
  }

  private mutating func operand(_ type: ScalarType) -> ExprID {
    let value = pick(values)
    return builder.convert(value, to: type)
  }

  private mutating func next() -> ExprID {
    let type: ScalarType = pick([.f32, .f32, .f64, .i32, .i64, .u8])
    switch number(below: 6) {
    case 0:
      return builder.unary(
        pick(type.isFloat ? [.neg, .exp, .tanh, .sqrt, .floor] : [.neg, .abs, .sign]), operand(type))
    case 1, 2: return builder.binary(pick([.add, .sub, .mul, .div, .min, .max]), operand(type), operand(type))
    case 3: return builder.binary(pick([.lt, .eq, .ge]), operand(type), operand(type))
    case 4: return builder.select(operand(.bool), operand(type), operand(type))
    default: return builder.ternary(.fma, operand(type), operand(type), operand(type))
    }
  }
}
