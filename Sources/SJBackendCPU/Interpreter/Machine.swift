import CSJKernels
import SJLoopIR

/// Runs tile programs. A machine is one pointer to its state, so that passing it on costs nothing;
/// every thread has its own.
struct Machine {
  struct State {
    let code: UnsafeMutablePointer<Instruction>
    let accesses: UnsafeMutablePointer<AccessCode>
    let boxes: UnsafeMutablePointer<BoxCode>
    let loops: UnsafeMutablePointer<LoopCode>
    let table: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// For every space the elements of the current tile, and the position of its first one.
    let counts: UnsafeMutablePointer<Int>
    let firsts: UnsafeMutablePointer<Int>
    let program: Unmanaged<TileProgram>
  }

  let state: UnsafeMutablePointer<State>

  var code: UnsafeMutablePointer<Instruction> { state.pointee.code }
  var accesses: UnsafeMutablePointer<AccessCode> { state.pointee.accesses }
  var boxes: UnsafeMutablePointer<BoxCode> { state.pointee.boxes }
  var loops: UnsafeMutablePointer<LoopCode> { state.pointee.loops }
  var table: UnsafeMutablePointer<UnsafeMutableRawPointer> { state.pointee.table }
  var counts: UnsafeMutablePointer<Int> { state.pointee.counts }
  var firsts: UnsafeMutablePointer<Int> { state.pointee.firsts }
  var program: Unmanaged<TileProgram> { state.pointee.program }

  @inline(__always) func count(_ instruction: UnsafeMutablePointer<Instruction>) -> Int {
    counts[Int(instruction.pointee.space)]
  }

  @inline(__always) func first(_ instruction: UnsafeMutablePointer<Instruction>) -> Int {
    firsts[Int(instruction.pointee.space)]
  }

  @inline(__always) subscript(slot: Slot) -> UnsafeMutableRawPointer { table[Int(slot)] }

  func run(_ range: CodeRange) {
    var instruction = code + Int(range.begin)
    let end = code + Int(range.end)
    while instruction < end {
      step(instruction)
      instruction += 1
    }
  }

  @inline(__always) private func step(_ i: UnsafeMutablePointer<Instruction>) {
    let n = Int64(count(i))
    switch i.pointee.opcode {
    case .unary:
      let function = unsafeBitCast(i.pointee.function, to: sj_unary_fn.self)
      function(n, self[i.pointee.out], self[i.pointee.a])
    case .binary:
      let function = unsafeBitCast(i.pointee.function, to: sj_binary_fn.self)
      function(
        n, self[i.pointee.out], self[i.pointee.a], Int64(i.pointee.stepA), self[i.pointee.b], Int64(i.pointee.stepB))
    case .scalarBinary: scalarBinary(i)
    case .ternary:
      let function = unsafeBitCast(i.pointee.function, to: sj_ternary_fn.self)
      function(
        n, self[i.pointee.out], self[i.pointee.a], Int64(i.pointee.stepA), self[i.pointee.b], Int64(i.pointee.stepB),
        self[i.pointee.c], Int64(i.pointee.stepC))
    case .copy: copy(self[i.pointee.out], self[i.pointee.a], Int(i.pointee.stepA), Int(n), i.pointee.size)
    case .address: table[Int(i.pointee.out)] = address(accesses + i.pointee.payload, self[i.pointee.a], first(i))
    case .load: load(i, n)
    case .loadMasked: loadMasked(i, n)
    case .loadBox: loadBox(i, Int(n))
    case .loadScalarMasked:
      let isOn = self[i.pointee.b].load(as: UInt8.self) != 0
      copy(self[i.pointee.out], isOn ? self[i.pointee.a] : self[i.pointee.c], 1, 1, i.pointee.size)
    case .store: store(i, n)
    case .storeMasked: storeMasked(i, n)
    case .storeScalarMasked:
      if self[i.pointee.b].load(as: UInt8.self) != 0 {
        copy(self[i.pointee.out], self[i.pointee.a], 1, 1, i.pointee.size)
      }
    case .gather:
      sj_gather_elements(
        i.pointee.size, n, self[i.pointee.out], self[i.pointee.a], words(i.pointee.d), mask(i.pointee.b),
        self[i.pointee.c])
    case .scatter:
      sj_scatter_elements(
        i.pointee.size, Int32(i.pointee.payload), n, self[i.pointee.out], words(i.pointee.d), self[i.pointee.a],
        mask(i.pointee.b))
    case .iota: iota(i, n)
    case .expand: expand(i, Int(n))
    case .floorDiv: divide(i, Int(n))
    case .floorMod: remainder(i, Int(n))
    case .accumulate: accumulate(i, Int(n))
    case .tileLoop: tileLoop(loops + i.pointee.payload)
    case .iterate: iterate(loops + i.pointee.payload)
    case .whileLoop: whileLoop(loops + i.pointee.payload)
    case .lanes: lanes(loops + i.pointee.payload)
    case .blocks: blocks(loops + i.pointee.payload)
    case .lanesVector: lanesVector(loops + i.pointee.payload)
    case .lanesReduce: lanesReduce(loops + i.pointee.payload)
    case .rows: rows(loops + i.pointee.payload)
    }
  }

  @inline(__always) private func words(_ slot: Slot) -> UnsafeMutablePointer<Int64> {
    self[slot].assumingMemoryBound(to: Int64.self)
  }

  @inline(__always) private func mask(_ slot: Slot) -> UnsafePointer<UInt8>? {
    slot < 0 ? nil : UnsafePointer(self[slot].assumingMemoryBound(to: UInt8.self))
  }

  // MARK: Moving data

  /// out[0..<n] = a, one element for all where the step is 0.
  @inline(__always) func copy(
    _ out: UnsafeMutableRawPointer, _ a: UnsafeRawPointer, _ step: Int, _ n: Int, _ size: Int32
  ) {
    if n == 1 {
      switch size {
      case 4: out.storeBytes(of: a.loadUnaligned(as: UInt32.self), as: UInt32.self)
      case 8: out.storeBytes(of: a.loadUnaligned(as: UInt64.self), as: UInt64.self)
      case 1: out.storeBytes(of: a.load(as: UInt8.self), as: UInt8.self)
      default: out.storeBytes(of: a.loadUnaligned(as: UInt16.self), as: UInt16.self)
      }
    } else if step == 0 {
      sj_load_strided(size, Int64(n), out, a, 0)
    } else if out != a {
      out.copyMemory(from: a, byteCount: n * Int(size))
    }
  }

  @inline(__always) private func address(
    _ access: UnsafeMutablePointer<AccessCode>, _ base: UnsafeMutableRawPointer, _ first: Int
  ) -> UnsafeMutableRawPointer {
    base + (access.pointee.constant &+ access.pointee.linear &* first &+ scalarSum(access))
  }

  @inline(__always) func scalarSum(_ access: UnsafeMutablePointer<AccessCode>) -> Int {
    var sum = 0
    for term in access.pointee.terms { sum &+= term.scale &* self[term.slot].load(as: Int.self) }
    return sum
  }

  private func load(_ i: UnsafeMutablePointer<Instruction>, _ n: Int64) {
    let access = accesses + i.pointee.payload
    let (extents, strides) = (access.pointee.extents.baseAddress!, access.pointee.strides.baseAddress!)
    let source = self[i.pointee.a]
    if access.pointee.extents.count == 1 {
      sj_load_strided(i.pointee.size, n, self[i.pointee.out], source + first(i) &* Int(strides[0]), strides[0])
    } else {
      let rank = Int32(access.pointee.extents.count)
      sj_load_nd(i.pointee.size, n, self[i.pointee.out], source, rank, extents, strides, Int64(first(i)))
    }
  }

  /// A tile whose mask is the same everywhere is loaded or filled; else it is gathered.
  private func loadMasked(_ i: UnsafeMutablePointer<Instruction>, _ n: Int64) {
    let access = accesses + i.pointee.payload
    let mask = self[i.pointee.b].assumingMemoryBound(to: UInt8.self)
    switch uniformity(mask, i.pointee.stepB == 0 ? 1 : Int(n)) {
    case .allTrue: load(i, n)
    case .allFalse: copy(self[i.pointee.out], self[i.pointee.c], 0, Int(n), i.pointee.size)
    case .mixed:
      let index = words(i.pointee.d)
      let rank = Int32(access.pointee.extents.count)
      let strides = access.pointee.strides.baseAddress!
      sj_iota_nd(n, index, rank, access.pointee.extents.baseAddress!, strides, 0, Int64(first(i)))
      let shift = Int64(i.pointee.size.trailingZeroBitCount)
      for k in 0..<Int(n) { index[k] >>= shift }
      sj_gather_elements(i.pointee.size, n, self[i.pointee.out], self[i.pointee.a], index, mask, self[i.pointee.c])
    }
  }

  private enum Uniformity { case allTrue, allFalse, mixed }

  private func uniformity(_ mask: UnsafePointer<UInt8>, _ n: Int) -> Uniformity {
    var sum = 0
    for k in 0..<n { sum &+= Int(mask[k]) }
    return sum == n ? .allTrue : sum == 0 ? .allFalse : .mixed
  }

  private func store(_ i: UnsafeMutablePointer<Instruction>, _ n: Int64) {
    let access = accesses + i.pointee.payload
    let (extents, strides) = (access.pointee.extents.baseAddress!, access.pointee.strides.baseAddress!)
    let target = self[i.pointee.out]
    if access.pointee.extents.count == 1 {
      sj_store_strided(i.pointee.size, n, target + first(i) &* Int(strides[0]), strides[0], self[i.pointee.a])
    } else {
      let rank = Int32(access.pointee.extents.count)
      sj_store_nd(i.pointee.size, n, target, rank, extents, strides, Int64(first(i)), self[i.pointee.a])
    }
  }

  private func storeMasked(_ i: UnsafeMutablePointer<Instruction>, _ n: Int64) {
    let access = accesses + i.pointee.payload
    let mask = self[i.pointee.b].assumingMemoryBound(to: UInt8.self)
    if i.pointee.stepB == 0 {
      if mask[0] != 0 { store(i, n) }
      return
    }
    sj_store_nd_masked(
      i.pointee.size, n, self[i.pointee.out], Int32(access.pointee.extents.count),
      access.pointee.extents.baseAddress!, access.pointee.strides.baseAddress!, Int64(first(i)), self[i.pointee.a],
      mask)
  }

  @inline(__always) private func iota(_ i: UnsafeMutablePointer<Instruction>, _ n: Int64) {
    let access = accesses + i.pointee.payload
    let base = access.pointee.constant &+ scalarSum(access)
    if access.pointee.extents.isEmpty {
      self[i.pointee.out].storeBytes(of: base, as: Int.self)
    } else {
      sj_iota_nd(
        n, words(i.pointee.out), Int32(access.pointee.extents.count), access.pointee.extents.baseAddress!,
        access.pointee.strides.baseAddress!, Int64(base), Int64(first(i)))
    }
  }

  /// Every element of an outer tile, repeated along its row.
  private func expand(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    switch i.pointee.size {
    case 1: repeated(i, n, UInt8.self)
    case 2: repeated(i, n, UInt16.self)
    case 4: repeated(i, n, UInt32.self)
    default: repeated(i, n, UInt64.self)
    }
  }

  @inline(__always)
  private func repeated<T>(_ i: UnsafeMutablePointer<Instruction>, _ n: Int, _ type: T.Type) {
    let (out, a) = (
      self[i.pointee.out].assumingMemoryBound(to: T.self), self[i.pointee.a].assumingMemoryBound(to: T.self)
    )
    let row = i.pointee.payload
    var (k, source) = (0, 0)
    while k < n {
      let value = a[source]
      for j in k..<k &+ row { out[j] = value }
      k &+= row
      source &+= 1
    }
  }

  private func divide(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    let (out, a, step) = (words(i.pointee.out), words(i.pointee.a), Int(i.pointee.stepA))
    let divisor = Int64(i.pointee.payload)
    if divisor & (divisor - 1) == 0 {
      let shift = Int64(divisor.trailingZeroBitCount)
      for k in 0..<n { out[k] = a[k &* step] >> shift }
    } else {
      for k in 0..<n { out[k] = floorDivided(a[k &* step], divisor).quotient }
    }
  }

  private func remainder(_ i: UnsafeMutablePointer<Instruction>, _ n: Int) {
    let (out, a, step) = (words(i.pointee.out), words(i.pointee.a), Int(i.pointee.stepA))
    let divisor = Int64(i.pointee.payload)
    if divisor & (divisor - 1) == 0 {
      for k in 0..<n { out[k] = a[k &* step] & (divisor - 1) }
    } else {
      for k in 0..<n { out[k] = floorDivided(a[k &* step], divisor).remainder }
    }
  }

  /// 32-bit division is several times faster than 64-bit division on many processors.
  @inline(__always) private func floorDivided(_ a: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    if UInt64(bitPattern: a | divisor) >> 32 == 0 {
      let quotient = UInt32(truncatingIfNeeded: a) / UInt32(truncatingIfNeeded: divisor)
      return (Int64(quotient), a &- Int64(quotient) &* divisor)
    }
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
