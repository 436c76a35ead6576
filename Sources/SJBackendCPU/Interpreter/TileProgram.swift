import CSJKernels
import SJLoopIR

// A tile program is a kernel translated for the interpreter: flat arrays of
// instructions that call the C vector kernels on tiles. Operands are slots of a
// pointer table, so that an instruction does not care whether an operand is a
// register tile, a constant or a place inside a buffer.

/// A slot of the pointer table.
typealias Slot = Int32

/// The space of values that are one element.
let uniformSpace: Int32 = 0

enum Opcode: UInt8 {
  case unary, binary, ternary
  /// A binary operation on single elements: see `ScalarOperation`.
  case scalarBinary
  /// out[0..<n] = a, splat where `stepA` is 0.
  case copy
  /// table[out] = table[a] + access.
  case address
  case load, loadMasked, loadBox, loadScalarMasked
  case store, storeMasked, storeScalarMasked
  case gather, scatter
  case iota, expand
  case floorDiv, floorMod
  /// out[i] = table[b] = table[b] op a[i], one after another.
  case accumulate
  case tileLoop, iterate, whileLoop
  case lanes, lanesVector, lanesReduce, rows, blocks
}

struct Instruction {
  var opcode: Opcode
  var stepA: Int8 = 0
  var stepB: Int8 = 0
  var stepC: Int8 = 0
  /// Whose `n` elements the instruction works on.
  var space: Int32 = uniformSpace
  var out: Slot = -1
  var a: Slot = -1
  var b: Slot = -1
  var c: Slot = -1
  var d: Slot = -1
  /// Bytes of an element; the scalar type for `scatter`.
  var size: Int32 = 0
  /// The C function of unary, binary and ternary.
  var function: UnsafeRawPointer? = nil
  /// A divisor, a store's combine, or a position in `accesses` or `loops`.
  var payload: Int = 0
}

/// Where the elements of a tile lie in a buffer.
struct AccessCode {
  /// Bytes.
  var constant: Int
  /// Bytes per element of the tile's space: the operand is contiguous (or 0: one element).
  var linear: Int
  var terms: UnsafeMutableBufferPointer<AddressTerm>
  /// The tile's space as this operand sees it, adjacent axes merged where possible; strides in bytes.
  var extents: UnsafeMutableBufferPointer<Int64>
  var strides: UnsafeMutableBufferPointer<Int64>
}

/// `scale` bytes times the `Int64` in a slot.
struct AddressTerm {
  var slot: Slot
  var scale: Int
}

/// A stretch of instructions.
struct CodeRange {
  var begin: Int32 = 0
  var end: Int32 = 0
  var isEmpty: Bool { begin == end }
}

/// One carry of a reduction. Values are tiles of the loop's space unless said otherwise.
struct CarryCode {
  var size: Int32
  /// Where the body finds and leaves the running value.
  var carry: Slot = -1
  /// One element.
  var identity: Slot
  var initial: Slot
  /// The operands and the result of the combine region.
  var left: Slot = -1
  var right: Slot = -1
  var merged: Slot = -1
  var result: Slot
  /// Memory for the lanes, and for the block results that wait for their partner in the tree.
  var lanes: Slot = -1
  var stack: Slot = -1
  /// Of reductions that one C kernel does: the function, the values of one block in memory, and where
  /// the block begins (-1 if `value` points to them already) or goes on.
  var reduce: UnsafeRawPointer? = nil
  var value: Slot = -1
  var block: Slot = -1

  var reads: [Slot] { [identity, initial, merged, value] }
}

/// A group of a tile's elements under another slot: table[slot] = table[source] + group start · size.
struct SliceCode {
  var slot: Slot
  var source: Slot
  var size: Int32
}

struct LoopCode {
  var extent: Int
  /// The `Int64` counter, or -1.
  var axis: Slot
  /// The space of the carries.
  var space: Int32
  /// For `tileLoop` and vectorised reductions: the space of the elements and the most elements of a tile.
  var elementSpace: Int32
  var tile: Int
  var body: CodeRange
  /// What depends on carries, in vectorised reductions; the condition of a while loop.
  var step: CodeRange
  var combine: CodeRange
  var condition: Slot
  var carries: UnsafeMutableBufferPointer<CarryCode>
  var slices: UnsafeMutableBufferPointer<SliceCode>
  /// May be split over threads, into pieces of at least about this many iterations (0: may not).
  var grain: Int
}

/// A constant, in the low bytes of a word, and its slot.
struct ConstantSlot {
  /// First, so that a pointer to the structure points to the constant.
  var bits: UInt64
  var slot: Slot
}

/// A place in the scratch memory that a slot points to.
struct ScratchSlot {
  var slot: Slot
  var offset: Int
}

/// A kernel ready to be interpreted. Owns the C memory of its tables.
final class TileProgram {
  let instructions: UnsafeMutableBufferPointer<Instruction>
  let accesses: UnsafeMutableBufferPointer<AccessCode>
  let boxes: UnsafeMutableBufferPointer<BoxCode>
  let loops: UnsafeMutableBufferPointer<LoopCode>
  let constants: UnsafeMutableBufferPointer<ConstantSlot>
  let scratchSlots: UnsafeMutableBufferPointer<ScratchSlot>
  let slotCount: Int
  let spaceCount: Int
  let scratchBytes: Int
  /// The part of the scratch memory, at its beginning, that holds single elements.
  let scalarBytes: Int
  let main: CodeRange

  init(
    instructions: [Instruction], accesses: [AccessCode], boxes: [BoxCode], loops: [LoopCode], constants: [ConstantSlot],
    scratchSlots: [ScratchSlot], slotCount: Int, spaceCount: Int, scratchBytes: Int, scalarBytes: Int, main: CodeRange
  ) {
    self.instructions = copied(instructions)
    self.accesses = copied(accesses)
    self.boxes = copied(boxes)
    self.loops = copied(loops)
    self.constants = copied(constants)
    self.scratchSlots = copied(scratchSlots)
    self.slotCount = slotCount
    self.spaceCount = spaceCount
    self.scratchBytes = scratchBytes
    self.scalarBytes = scalarBytes
    self.main = main
  }

  deinit {
    for access in accesses {
      access.terms.deallocate()
      access.extents.deallocate()
      access.strides.deallocate()
    }
    for box in boxes { box.sides.deallocate() }
    for loop in loops {
      loop.carries.deallocate()
      loop.slices.deallocate()
    }
    instructions.deallocate()
    accesses.deallocate()
    boxes.deallocate()
    loops.deallocate()
    constants.deallocate()
    scratchSlots.deallocate()
  }
}

/// The elements of an array in C memory.
func copied<T>(_ array: [T]) -> UnsafeMutableBufferPointer<T> {
  let memory = UnsafeMutableBufferPointer<T>.allocate(capacity: array.count)
  _ = memory.initialize(from: array)
  return memory
}
