import CSJKernels
import SJLoopIR

typealias LoopPointer = UnsafeMutablePointer<LoopCode>

extension Machine {
  func tileLoop(_ loop: LoopPointer) { split(loop, unit: 64) { $0.tiles(loop, $1, $2) } }

  /// The tiles of a part of the space.
  func tiles(_ loop: LoopPointer, _ begin: Int, _ end: Int) {
    let space = Int(loop.pointee.elementSpace)
    var first = begin
    while first < end {
      firsts[space] = first
      counts[space] = min(loop.pointee.tile, end - first)
      run(loop.pointee.body)
      first += loop.pointee.tile
    }
  }

  func iterate(_ loop: LoopPointer) { split(loop, unit: 1) { $0.iterations(loop, $1, $2) } }

  func iterations(_ loop: LoopPointer, _ begin: Int, _ end: Int) {
    let counter = self[loop.pointee.axis].assumingMemoryBound(to: Int.self)
    for i in begin..<end {
      counter.pointee = i
      run(loop.pointee.body)
    }
  }

  func whileLoop(_ loop: LoopPointer) {
    while true {
      run(loop.pointee.step)
      if self[loop.pointee.condition].load(as: UInt8.self) == 0 { return }
      run(loop.pointee.body)
    }
  }

  // MARK: Reductions

  func blocks(_ loop: LoopPointer) {
    reduce(loop, blockLength: Loop.rowBlock) { machine, begin, end in
      machine.fillWithIdentity(loop)
      machine.iterations(loop, begin, end)
    }
  }

  func lanes(_ loop: LoopPointer) {
    selectLane(loop, 0, counts[Int(loop.pointee.space)])
    reduce(loop, blockLength: Loop.reduceBlock) { $0.laneBlock(loop, $1, $2) }
  }

  private func laneBlock(_ loop: LoopPointer, _ begin: Int, _ end: Int) {
    let n = counts[Int(loop.pointee.space)]
    let counter = self[loop.pointee.axis].assumingMemoryBound(to: Int.self)
    let used = min(Loop.reduceLanes, end - begin)
    for lane in 0..<used {
      selectLane(loop, lane, n)
      fillWithIdentity(loop)
    }
    for i in begin..<end {
      selectLane(loop, (i - begin) % Loop.reduceLanes, n)
      counter.pointee = i
      run(loop.pointee.body)
    }
    mergeLanes(loop, used, n)
  }

  private func selectLane(_ loop: LoopPointer, _ lane: Int, _ n: Int) {
    for carry in loop.pointee.carries {
      table[Int(carry.carry)] = self[carry.lanes] + lane &* n &* Int(carry.size)
    }
  }

  /// Lanes j and j + 16, + 8, + 4, + 2, + 1; lanes that got no element hold the identity and need no merging.
  private func mergeLanes(_ loop: LoopPointer, _ used: Int, _ n: Int) {
    var (used, half) = (used, Loop.reduceLanes / 2)
    while half > 0 {
      for lane in 0..<max(0, min(half, used - half)) {
        for carry in loop.pointee.carries {
          let bytes = n &* Int(carry.size)
          table[Int(carry.left)] = self[carry.lanes] + lane &* bytes
          table[Int(carry.right)] = self[carry.lanes] + (lane + half) &* bytes
        }
        run(loop.pointee.combine)
        for carry in loop.pointee.carries {
          copy(self[carry.lanes] + lane &* n &* Int(carry.size), self[carry.merged], 1, n, carry.size)
        }
      }
      used = min(used, half)
      half /= 2
    }
    selectLane(loop, 0, n)
  }

  func lanesVector(_ loop: LoopPointer) {
    reduce(loop, blockLength: Loop.reduceBlock) { $0.laneVectorBlock(loop, $1, $2) }
  }

  private func laneVectorBlock(_ loop: LoopPointer, _ begin: Int, _ end: Int) {
    let (elements, lanes) = (Int(loop.pointee.elementSpace), Int(loop.pointee.space))
    counts[lanes] = Loop.reduceLanes
    fillWithIdentity(loop)
    var first = begin
    while first < end {
      let n = min(loop.pointee.tile, end - first)
      firsts[elements] = first
      counts[elements] = n
      run(loop.pointee.body)
      laneGroups(loop, first, n)
      first += n
    }
    mergeLaneVector(loop, min(Loop.reduceLanes, end - begin))
    counts[lanes] = 1
  }

  private func laneGroups(_ loop: LoopPointer, _ first: Int, _ n: Int) {
    let lanes = Int(loop.pointee.space)
    var group = 0
    while group < n {
      counts[lanes] = min(Loop.reduceLanes, n - group)
      firsts[lanes] = first + group
      for slice in loop.pointee.slices {
        table[Int(slice.slot)] = self[slice.source] + group &* Int(slice.size)
      }
      run(loop.pointee.step)
      group += Loop.reduceLanes
    }
  }

  private func mergeLaneVector(_ loop: LoopPointer, _ used: Int) {
    var (used, half) = (used, Loop.reduceLanes / 2)
    while half > 0 {
      if used > half {
        counts[Int(loop.pointee.space)] = used - half
        for carry in loop.pointee.carries {
          table[Int(carry.left)] = self[carry.carry]
          table[Int(carry.right)] = self[carry.carry] + half &* Int(carry.size)
        }
        run(loop.pointee.combine)
        for carry in loop.pointee.carries { copy(self[carry.carry], self[carry.merged], 1, used - half, carry.size) }
        used = half
      }
      half /= 2
    }
  }

  func lanesReduce(_ loop: LoopPointer) {
    reduce(loop, blockLength: Loop.reduceBlock) { $0.reduceBlock(loop, $1, $2) }
  }

  private func reduceBlock(_ loop: LoopPointer, _ begin: Int, _ end: Int) {
    let space = Int(loop.pointee.elementSpace)
    var first = begin
    while first < end {
      for carry in loop.pointee.carries where carry.block >= 0 {
        table[Int(carry.value)] = self[carry.block] + (first - begin) &* Int(carry.size)
      }
      firsts[space] = first
      counts[space] = min(loop.pointee.tile, end - first)
      run(loop.pointee.body)
      first += loop.pointee.tile
    }
    for carry in loop.pointee.carries {
      let function = unsafeBitCast(carry.reduce, to: sj_reduce_fn.self)
      function(Int64(end - begin), self[carry.carry], self[carry.block >= 0 ? carry.block : carry.value])
    }
  }

  // MARK: The tree over blocks

  private func fillWithIdentity(_ loop: LoopPointer) {
    let n = counts[Int(loop.pointee.space)]
    for carry in loop.pointee.carries { copy(self[carry.carry], self[carry.identity], 0, n, carry.size) }
  }

  /// Runs `block`, which leaves a block's result in the carries, for all blocks, and merges the results.
  @inline(__always)
  private func reduce(
    _ loop: LoopPointer, blockLength: Int, _ block: (Machine, _ begin: Int, _ end: Int) -> Void
  ) {
    let isSplit =
      loop.pointee.grain > 0
      && splitReduction(loop, blockLength: blockLength, block) { tree(loop, blockLength: blockLength, $0) }
    if !isSplit { tree(loop, blockLength: blockLength) { block(self, $0, $1) } }
  }

  /// Merges the results of blocks like a binary counter, and puts the initial values to their left.
  private func tree(_ loop: LoopPointer, blockLength: Int, _ block: (_ begin: Int, _ end: Int) -> Void) {
    let extent = loop.pointee.extent
    var (waiting, done, begin) = (0, 0, 0)
    while true {
      let end = min(begin + blockLength, extent)
      block(begin, end)
      if end == extent { break }
      done += 1
      var pairs = done
      while pairs & 1 == 0 {
        waiting -= 1
        mergeWaiting(loop, waiting)
        pairs >>= 1
      }
      wait(loop, waiting)
      waiting += 1
      begin = end
    }
    while waiting > 0 {
      waiting -= 1
      mergeWaiting(loop, waiting)
    }
    mergeInitial(loop)
  }

  /// carries = combine(waiting result, carries)
  private func mergeWaiting(_ loop: LoopPointer, _ position: Int) {
    let n = counts[Int(loop.pointee.space)]
    for carry in loop.pointee.carries {
      table[Int(carry.left)] = self[carry.stack] + position &* n &* Int(carry.size)
      table[Int(carry.right)] = self[carry.carry]
    }
    run(loop.pointee.combine)
    for carry in loop.pointee.carries { copy(self[carry.carry], self[carry.merged], 1, n, carry.size) }
  }

  private func wait(_ loop: LoopPointer, _ position: Int) {
    let n = counts[Int(loop.pointee.space)]
    for carry in loop.pointee.carries {
      copy(self[carry.stack] + position &* n &* Int(carry.size), self[carry.carry], 1, n, carry.size)
    }
  }

  func mergeInitial(_ loop: LoopPointer) {
    let n = counts[Int(loop.pointee.space)]
    for carry in loop.pointee.carries {
      table[Int(carry.left)] = self[carry.initial]
      table[Int(carry.right)] = self[carry.carry]
    }
    run(loop.pointee.combine)
    for carry in loop.pointee.carries { copy(self[carry.result], self[carry.merged], 1, n, carry.size) }
  }
}
