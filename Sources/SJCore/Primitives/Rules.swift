import SJLoopIR
import SJTypes

/// A rule of a primitive, or the reason why there is none.
public enum Slot<Rule> {
  case rule(Rule)
  /// Derivatives vanish everywhere.
  case zero
  /// No such rule; the reason ends up in the error message.
  case unsupported(String)
}

/// An operand of a linear equation that is being transposed.
public enum TransposeOperand {
  /// Linear: its cotangent is asked for.
  case linear(AbstractValue)
  /// Known: part of the linear map.
  case known(Value)

  public var isLinear: Bool { if case .linear = self { true } else { false } }
  public var aval: AbstractValue {
    switch self {
    case .linear(let aval): aval
    case .known(let value): value.aval
    }
  }
  public var value: Value! { if case .known(let value) = self { value } else { nil } }
}

/// What a cotangent contributes to a linear input.
public enum Cotangent {
  /// Of the input's full shape.
  case dense(Value)
  /// Zero but for a slice of the input: (starts, strides) per axis. Slices of one input
  /// accumulate in one array instead of one zero-padded array each.
  case slice(Value, start: [Int], stride: [Int])
}

/// The mapped axis of a `vmap`.
public struct BatchAxis {
  public let size: Int
  /// The axis name, where it has one.
  public let name: String?

  public init(size: Int, name: String?) {
    self.size = size
    self.name = name
  }
}

public typealias AbstractRule = (_ inputs: [AbstractValue], _ params: Params) throws -> (
  outputs: [AbstractValue], effects: Effects
)
/// Tangents are nil where symbolically zero, in and out.
public typealias JVPRule = (_ primals: [Value], _ tangents: [Value?], _ params: Params) throws -> (
  primals: [Value], tangents: [Value?]
)
/// Cotangents of the outputs (nil: zero) to those of the inputs (nil: zero or not linear).
public typealias TransposeRule = (_ cotangents: [Value?], _ operands: [TransposeOperand], _ params: Params) throws -> [Cotangent?]
/// `axes[i]` is the batch axis of input i, nil where it has none.
public typealias BatchRule = (_ axis: BatchAxis, _ inputs: [Value], _ axes: [Int?], _ params: Params) throws -> (
  outputs: [Value], axes: [Int?]
)
public typealias LoweringRule = (_ context: LoweringContext, _ inputs: [Lowered], _ params: Params, _ outputs: [AbstractValue])
  throws -> [Lowered]
/// Runs the primitive on arrays, instead of through a lowered one-equation program.
public typealias EvaluationRule = (_ inputs: [Value], _ params: Params) throws -> [Value]
/// Removes unused outputs of an equation with inner jaxprs: the new params, with which inputs and outputs it keeps.
public typealias DeadCodeRule = (_ usedOutputs: [Bool], _ equation: Equation) -> (usedInputs: [Bool], params: Params)?
/// The operand that the operation gives back bit for bit, if it has the result's type; nil where there is none.
public typealias IdentityRule = (_ operands: KnownOperands, _ params: Params) -> Int?
/// Adds an equation to what is being recorded.
public typealias Recorder = (_ primitive: Primitive, _ inputs: [Value], _ params: Params) throws -> [Value]
/// As a JVP rule whose tangents are variables of a tape: known work runs through `bind`, linear work may be recorded.
public typealias LinearizeRule = (_ primals: [Value], _ tangents: [Value?], _ params: Params, _ record: Recorder) throws -> (
  primals: [Value], tangents: [Value?]
)
/// Stages an application whose params hold functions: traces them and records an equation that holds jaxprs.
public typealias StagingRule = (
  _ inputs: [Value], _ params: Params, _ record: (_ inputs: [Value], _ params: Params) throws -> [Value]
) throws -> [Value]

/// Everything the engine knows of a primitive.
public struct Rules {
  public var abstract: AbstractRule
  public var jvp: Slot<JVPRule>
  public var transpose: Slot<TransposeRule>
  public var batch: Slot<BatchRule>
  public var lowering: Slot<LoweringRule>
  /// nil: derived from `jvp`.
  public var linearize: LinearizeRule?
  /// nil: recorded as it is.
  public var stage: StagingRule?
  /// nil: by lowering.
  public var evaluate: EvaluationRule?
  /// nil: an equation is removed when no output is used and no effect forbids it.
  public var deadCode: DeadCodeRule?
  /// nil: never gives an operand back.
  public var identity: IdentityRule?
  /// The one LoopIR operation that the primitive is, for the eager fast path.
  public var elementwise: ElementwiseOperation?
  /// The dtypes that this operation takes, a bit for each raw value: kernels know some more.
  public var elementwiseDTypes = UInt32.max

  public init(
    abstract: @escaping AbstractRule,
    jvp: Slot<JVPRule>,
    transpose: Slot<TransposeRule>,
    batch: Slot<BatchRule>,
    lowering: Slot<LoweringRule>,
    linearize: LinearizeRule? = nil,
    stage: StagingRule? = nil,
    evaluate: EvaluationRule? = nil,
    deadCode: DeadCodeRule? = nil,
    identity: IdentityRule? = nil,
    elementwise: ElementwiseOperation? = nil
  ) {
    self.abstract = abstract
    self.jvp = jvp
    self.transpose = transpose
    self.batch = batch
    self.lowering = lowering
    self.linearize = linearize
    self.stage = stage
    self.evaluate = evaluate
    self.deadCode = deadCode
    self.identity = identity
    self.elementwise = elementwise
  }
}

public enum ElementwiseOperation: Hashable, Sendable {
  case unary(UnaryOp)
  case binary(BinaryOp)
}
