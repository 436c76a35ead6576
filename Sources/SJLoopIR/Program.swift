import SJTypes

/// A dense row-major block of scalars.
public struct BufferDeclaration: Hashable, Sendable {
  public var type: ScalarType
  public var shape: Shape

  public init(type: ScalarType, shape: Shape) {
    self.type = type
    self.shape = shape
  }

  public var byteCount: Int { shape.elementCount * type.size }
}

/// Work that a hand-written routine does better than a loop nest.
/// Buffers are dense and row-major, of the shapes that the case states.
public enum LibraryOperation: Hashable, Sendable {
  /// `out[b,m,n] = Σ_k lhs[b,m,k] rhs[b,k,n]`; a transposed operand is [b,k,m] or [b,n,k].
  /// `complex`: the buffers end in an axis of 2. Types may be narrower than the output's.
  case dot(batch: Int, m: Int, n: Int, k: Int, lhsTransposed: Bool, rhsTransposed: Bool, complex: Bool)
  /// The right operand of a product, in the order in which `packedDot` reads it: `[k,n]`, transposed `[n,k]`, becomes
  /// `[k, n + packingPadding]`.
  case pack(n: Int, k: Int, transposed: Bool)
  /// A `dot` of one matrix and a packed one, in a float type.
  case packedDot(m: Int, n: Int, k: Int, lhsTransposed: Bool)
  /// Stable sort of [rows, length] operands by the first `keys` of them, lexicographically
  /// (floats by total order with equal zeros and NaN last; `complex` marks operands that end in an axis of 2).
  case sort(rows: Int, length: Int, keys: Int, complex: [Bool])
  /// (k0, k1, x0, x1) → (y0, y1), all [count] but keys of one element, which serve all.
  case threefry2x32(count: Int)
}

extension LibraryOperation {
  public static let packingPadding = 64
}

public struct LibraryCall: Hashable, Sendable {
  public var operation: LibraryOperation
  public var inputs: [BufferID]
  public var outputs: [BufferID]

  public init(operation: LibraryOperation, inputs: [BufferID], outputs: [BufferID]) {
    self.operation = operation
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// `while condition(constants, carries) { carries = body(constants, carries) }`
public struct WhileCommand: Sendable {
  public var condition: Program
  public var conditionConstants: [BufferID]
  public var body: Program
  public var bodyConstants: [BufferID]
  public var initial: [BufferID]
  /// Where the final carries go.
  public var results: [BufferID]

  public init(
    condition: Program, conditionConstants: [BufferID], body: Program, bodyConstants: [BufferID],
    initial: [BufferID], results: [BufferID]
  ) {
    self.condition = condition
    self.conditionConstants = conditionConstants
    self.body = body
    self.bodyConstants = bodyConstants
    self.initial = initial
    self.results = results
  }
}

/// `length` calls of `body(constants, carries, slice i of xs) → (carries, slice i of ys)`, in reverse from the last to the
/// first. Slice i is the i-th of `length` equal pieces of a buffer. Without carries, calls are independent, and may be made at once.
public struct ScanCommand: Sendable {
  public var length: Int
  public var reverse: Bool
  public var body: Program
  public var constants: [BufferID]
  public var initial: [BufferID]
  public var xs: [BufferID]
  public var results: [BufferID]
  public var ys: [BufferID]

  public init(
    length: Int, reverse: Bool, body: Program, constants: [BufferID], initial: [BufferID], xs: [BufferID],
    results: [BufferID], ys: [BufferID]
  ) {
    self.length = length
    self.reverse = reverse
    self.body = body
    self.constants = constants
    self.initial = initial
    self.xs = xs
    self.results = results
    self.ys = ys
  }
}

/// Runs `branches[clamp(index, 0, count - 1)](inputs)`; `index` is an `i32` scalar.
public struct BranchCommand: Sendable {
  public var index: BufferID
  public var branches: [Program]
  public var inputs: [BufferID]
  public var results: [BufferID]

  public init(index: BufferID, branches: [Program], inputs: [BufferID], results: [BufferID]) {
    self.index = index
    self.branches = branches
    self.inputs = inputs
    self.results = results
  }
}

/// Code of the host: callbacks and custom calls. Pointers are to dense buffers.
open class HostFunction {
  public let name: String
  /// Whether calls must keep their order (debug callbacks with `ordered`, io_callback).
  public init(name: String) { self.name = name }

  open func call(inputs: [UnsafeRawPointer], outputs: [UnsafeMutableRawPointer]) throws {
    throw SJError(.internalFault, "\(name): no host code")
  }
}

public struct HostCommand: @unchecked Sendable {
  public var function: HostFunction
  public var inputs: [BufferID]
  public var results: [BufferID]

  public init(function: HostFunction, inputs: [BufferID], results: [BufferID]) {
    self.function = function
    self.inputs = inputs
    self.results = results
  }
}

public indirect enum Command: Sendable {
  case kernel(Kernel)
  case library(LibraryCall)
  case whileLoop(WhileCommand)
  case scan(ScanCommand)
  case branch(BranchCommand)
  case host(HostCommand)
}

/// A lowered function: commands that run in order over buffers.
///
/// Inputs and constants are read-only, but for donated ones. An output may name an
/// input (the executor shares or copies it). Every other buffer is written before it is
/// read, and only by one command (a kernel that combines into a buffer counts
/// as one with the kernel that filled it).
public struct Program: Sendable {
  public var origin = Origin()
  public var buffers: [BufferDeclaration] = []
  public var inputs: [BufferID] = []
  public var outputs: [BufferID] = []
  public var commands: [Command] = []
  /// Inputs that commands may overwrite, with what ends as an output.
  public var donated: Set<BufferID> = []

  public init() {}

  public subscript(id: BufferID) -> BufferDeclaration { buffers[id.index] }

  public mutating func addBuffer(_ type: ScalarType, _ shape: Shape) -> BufferID {
    buffers.append(BufferDeclaration(type: type, shape: shape))
    return BufferID(buffers.count - 1)
  }
}
