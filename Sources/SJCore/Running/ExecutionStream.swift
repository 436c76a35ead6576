import Glibc
import SJTypes

/// Returns when all work that has been dispatched is done: `jax.effects_barrier`.
public func effectsBarrier() { ExecutionStream.shared.finishAll() }

/// Where long work runs: executions, in the order in which they were submitted, one at a time.
///
/// A thread of the stream's own takes them from the queue. Who waits for an execution that nobody has begun with works on the
/// queue until it is over, which spares two changes of threads where results are asked for at once. Because that is common,
/// and waking a thread costs some microseconds and disturbs the pool's threads where there are few processors, the thread is not
/// woken for one short execution: when the next is submitted, nobody has waited for the first.
///
/// No execution calls the host or waits for anything but threads of the pool, so the stream always moves on.
final class ExecutionStream: @unchecked Sendable {
  static let shared = ExecutionStream()

  /// Nanoseconds from which on work goes to the stream; `SWIFTJAX_STREAM_ABOVE` gives them in microseconds.
  static let threshold = 1000 * Int(Environment.string("SWIFTJAX_STREAM_ABOVE").flatMap { UInt32($0) } ?? 500)
  /// Nanoseconds from which on one execution is worth waking the thread for.
  private static let wakingTime = 10_000_000

  /// Executions that wait, at most; more keep the stream no busier, but hold memory.
  private static let countLimit = 32
  /// Bytes of operands that waiting executions keep from being freed, at most, unless one alone has more.
  private static let byteLimit = 512 << 20

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// There is work, and nobody works.
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// An execution that somebody waits for is over.
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  // Behind the mutex.
  /// The first one may be running; it stays until it is over.
  private var queue: [Execution] = []
  private var heldBytes = 0
  private var isRunning = false
  /// Whether nothing may begin.
  private var isPaused = false
  /// Whether the thread begins nothing more.
  private var isClosed = false
  private var hasThread = false

  private init() {
    makeLocks()
    // In a child that is forked while memory is allocated on another thread, the pool of memory works because its own
    // handlers take its lock. Ours, which wait for work that allocates, must come before: be registered later.
    if let memory = Backend.current.allocate(1) { Backend.current.release(memory, 1) }
    pthread_atfork(
      { ExecutionStream.shared.pause() }, { ExecutionStream.shared.resume() }, { ExecutionStream.shared.resumeInChild() })
    atexit { ExecutionStream.shared.close() }
  }

  private func makeLocks() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(finished, nil)
  }

  private func lock() { pthread_mutex_lock(mutex) }
  private func unlock() { pthread_mutex_unlock(mutex) }

  // MARK: Clients

  /// Queues an execution, once there is room.
  func submit(_ execution: Execution) {
    lock()
    while isFull(for: execution) {
      // Until half of them are done, so as not to sleep and wake for each.
      let middle = queue[queue.count / 2]
      unlock()
      finish(middle)
      lock()
    }
    queue.append(execution)
    heldBytes += execution.heldBytes
    startThread()
    if !isRunning && (queue.count > 1 || execution.expectedTime >= ExecutionStream.wakingTime) { pthread_cond_signal(wake) }
    unlock()
  }

  /// Has the thread begin, for somebody who does not wait but wants to know.
  func hurry() {
    lock()
    if !isRunning && !queue.isEmpty { pthread_cond_signal(wake) }
    unlock()
  }

  private func isFull(for execution: Execution) -> Bool {
    if queue.isEmpty { return false }
    return queue.count >= ExecutionStream.countLimit || heldBytes + execution.heldBytes > ExecutionStream.byteLimit
  }

  /// Returns when an execution is over.
  func finish(_ execution: Execution) { WaitCalls.around { work(until: execution) } }

  /// Returns when everything that has been submitted so far is over.
  func finishAll() {
    lock()
    let last = queue.last
    unlock()
    if let last { finish(last) }
  }

  /// Does something while an execution cannot end, and sees to it that it will.
  /// - Returns: false, having done nothing, where it is over.
  func unlessOver(_ execution: Execution, _ body: () -> Void) -> Bool {
    lock()
    defer { unlock() }
    if execution.isOver { return false }
    body()
    if !isRunning { pthread_cond_signal(wake) }
    return true
  }

  // MARK: Working

  private func work(until execution: Execution) {
    lock()
    while !execution.isOver {
      if isRunning || isPaused {
        execution.isAwaited = true
        pthread_cond_wait(finished, mutex)
      } else {
        runFirst()
      }
    }
    // What comes behind it is the thread's.
    if !isRunning && !queue.isEmpty { pthread_cond_signal(wake) }
    unlock()
  }

  /// Called, and returns, with the mutex held; lets go of it meanwhile.
  private func runFirst() {
    isRunning = true
    let first = queue[0]
    unlock()
    first.run()
    lock()
    queue.removeFirst()
    heldBytes -= first.heldBytes
    isRunning = false
    let afterwards = first.settle()
    if first.isAwaited { pthread_cond_broadcast(finished) }
    unlock()
    afterwards()
    lock()
  }

  private func workForever() -> Never {
    lock()
    while true {
      while isRunning || isPaused || isClosed || queue.isEmpty { pthread_cond_wait(wake, mutex) }
      runFirst()
    }
  }

  /// Without a thread, which the system may refuse, those who wait do all the work.
  private func startThread() {
    if hasThread { return }
    var (all, previous, thread) = (sigset_t(), sigset_t(), pthread_t())
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &previous)  // signals are the host's affair
    if pthread_create(&thread, nil, { _ in ExecutionStream.shared.workForever() }, nil) == 0 {
      pthread_detach(thread)
      hasThread = true
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
  }

  // MARK: Fork and exit

  /// Lets nothing begin, and returns with the mutex held when nothing runs: a child shall not inherit a program half run,
  /// with whatever locks that holds.
  private func pause() {
    lock()
    isPaused = true
    while isRunning {
      queue[0].isAwaited = true
      pthread_cond_wait(finished, mutex)
    }
  }

  private func resume() {
    isPaused = false
    pthread_cond_signal(wake)
    pthread_cond_broadcast(finished)
    unlock()
  }

  /// The thread does nothing while the process ends. What others do in that time may still wait for executions.
  private func close() {
    pause()
    isClosed = true
    resume()
  }

  /// A child has the queue, but nobody who works on it.
  private func resumeInChild() {
    makeLocks()
    isPaused = false
    hasThread = false
  }
}
