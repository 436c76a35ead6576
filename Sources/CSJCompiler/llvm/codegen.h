// Textual LLVM IR to object code or assembly.
#ifndef SJ_COMPILER_CODEGEN_H
#define SJ_COMPILER_CODEGEN_H

#include "sj_compiler.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sjc {

/// Installs our handlers, registers the targets and sets LLVM's process-wide options, once.
/// Returns an error text, empty for success.
std::string initializeLLVM();

} // namespace sjc

namespace sjc {
class Pipeline;
}

struct sjc_compiler {
  sjc_compiler();
  ~sjc_compiler();

  /// Returns an error text, empty for success.
  std::string configure(const sjc_options &options);
  std::string compile(llvm::StringRef ir, sjc_format format, llvm::SmallVectorImpl<char> &out);
  const std::string &description() const { return description_; }
  bool hasFeature(llvm::StringRef name) const;

private:
  const llvm::Target *target = nullptr;
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
  std::string triple, cpu, features, description_;
  sjc_effort effort = SJC_EFFORT_FAST;

  // A pipeline serves one thread at a time; idle ones are kept for the next call.
  std::mutex mutex;
  std::vector<std::unique_ptr<sjc::Pipeline>> idle;

  std::unique_ptr<llvm::TargetMachine> makeMachine() const;
  std::unique_ptr<sjc::Pipeline> makePipeline(sjc_format format, std::string &error) const;
  std::unique_ptr<sjc::Pipeline> takeIdle();
  void putBack(std::unique_ptr<sjc::Pipeline> pipeline);
};

#endif
