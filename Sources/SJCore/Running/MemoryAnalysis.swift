/// The memory that a call of a compiled function takes, in bytes: `CompiledMemoryStats`.
public struct MemoryAnalysis: Hashable, Sendable {
  /// Of the arguments that are used; what the function closes over is none.
  public var argumentBytes: Int
  public var outputBytes: Int
  /// Of outputs in the memory of arguments: of those that are arguments unchanged, and those written over donated ones.
  public var aliasBytes: Int
  /// Of intermediate values, those that are not alive at the same time sharing memory.
  public var temporaryBytes: Int
  /// Of machine code; none where there is no compiler.
  public var codeBytes: Int

  /// What is alive at once: the temporaries are one piece of memory for the length of the call.
  public var peakBytes: Int { argumentBytes + outputBytes - aliasBytes + temporaryBytes }

  public init(argumentBytes: Int, outputBytes: Int, aliasBytes: Int, temporaryBytes: Int, codeBytes: Int) {
    self.argumentBytes = argumentBytes
    self.outputBytes = outputBytes
    self.aliasBytes = aliasBytes
    self.temporaryBytes = temporaryBytes
    self.codeBytes = codeBytes
  }
}
