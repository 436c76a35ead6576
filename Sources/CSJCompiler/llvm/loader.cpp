#include "loader.h"

#include "llvm/ExecutionEngine/JITLink/ELF.h"
#include "llvm/ExecutionEngine/JITLink/JITLink.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace llvm::jitlink;

/// JITLink alone, without an ORC session: one object in, one allocation out.
/// Objects are independent of each other, so there is nothing for a session to hold.
static InProcessMemoryManager &memoryManager() {
  static InProcessMemoryManager manager(cantFail(sys::Process::getPageSize()));
  return manager;
}

/// What JITLink asks and tells while it links. It calls back on the same thread
/// and owns this object, so the result is written through references.
class sjc_code::Linking final : public JITLinkContext {
  sjc_code &code;
  ArrayRef<sjc_symbol> externals;
  std::string &error;

public:
  Linking(sjc_code &code, ArrayRef<sjc_symbol> externals, std::string &error)
      : JITLinkContext(nullptr), code(code), externals(externals), error(error) {}

  JITLinkMemoryManager &getMemoryManager() override { return memoryManager(); }

  void notifyFailed(Error failure) override { error = toString(std::move(failure)); }

  void lookup(const LookupMap &names,
              std::unique_ptr<JITLinkAsyncLookupContinuation> continuation) override {
    AsyncLookupResult found;
    for (const auto &entry : names) {
      const sjc_symbol *symbol = find(entry.first);
      if (!symbol && entry.second == SymbolLookupFlags::RequiredSymbol)
        return continuation->run(
            make_error<JITLinkError>("undefined symbol " + entry.first.str()));
      auto address = orc::ExecutorAddr::fromPtr(symbol ? symbol->address : nullptr);
      found[entry.first] = {address, JITSymbolFlags::Exported};
    }
    continuation->run(std::move(found));
  }

  Error notifyResolved(LinkGraph &graph) override {
    for (Symbol *symbol : graph.defined_symbols())
      if (symbol->hasName() && symbol->getScope() != Scope::Local)
        code.symbols[symbol->getName()] = {symbol->getAddress().toPtr<void *>(),
                                           static_cast<int64_t>(symbol->getSize())};
    return Error::success();
  }

  void notifyFinalized(JITLinkMemoryManager::FinalizedAlloc allocation) override {
    code.memory = std::move(allocation);
  }

private:
  const sjc_symbol *find(StringRef name) const {
    for (const sjc_symbol &symbol : externals)
      if (name == symbol.name)
        return &symbol;
    return nullptr;
  }
};

std::string sjc_code::link(StringRef object, ArrayRef<sjc_symbol> externals) {
  auto graph = createLinkGraphFromELFObject(MemoryBufferRef(object, "kernel"));
  if (!graph)
    return toString(graph.takeError());
  Triple host(sys::getProcessTriple());
  if ((*graph)->getTargetTriple().getArch() != host.getArch())
    return "the object is for " + (*graph)->getTargetTriple().getArchName().str() +
           ", this process is " + host.getArchName().str();
  std::string error;
  link_ELF(std::move(*graph), std::make_unique<Linking>(*this, externals, error));
  return error;
}

void *sjc_code::lookup(StringRef name, int64_t *size) const {
  Place place = symbols.lookup(name);
  if (size)
    *size = place.size;
  return place.address;
}

sjc_code::~sjc_code() {
  if (memory)
    cantFail(memoryManager().deallocate(std::move(memory)));
}
