# SPDX-License-Identifier: ISC
# The only build file. `make help` lists what it can do.
#
# CC, CFLAGS, CPPFLAGS, LDFLAGS, PREFIX and DESTDIR are yours; the project's own flags stand apart.

PREFIX ?= /usr/local
DESTDIR ?=
# valgrind 3.19 cannot read what newer compilers write by default
CFLAGS ?= -O2 -g -gdwarf-4
SAN ?=
V ?=

# the first target of a run that installs must be done before the others look
.NOTPARALLEL: deps deps-ci
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
Q := $(if $(V),,@)

# characters that make reads otherwise
H := \#
, := ,

version_part = $(shell sed -n 's/^$(H)define AIRLOCK_VERSION_$(1) //p' lib/airlock/airlock.h)
VERSION := $(call version_part,MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)
SO := $(call version_part,MAJOR)
SONAME := libairlock.so.$(SO)

# Where things are built: one folder a sanitizer. B is yours, too, for one folder a compiler.
B ?= build$(if $(SAN),/san-$(SAN))

# Sources, listed by hand so that a stray file is never shipped

LIB_SRC := channel closefds error fdmap guard handshake helper ipc plan reserve spawn
CHILD_SRC := child closefds handshake
HEADERS := airlock ipc
SANDBOX_SRC := assemble bpf builtins calls conditions environment ids image keys keys_calls keys_process \
	keys_reach landlock names pack parse paths place profile program reading ready report rules seal users values
SANDBOX_HEADERS := sandbox
CMD_SRC := answers check check_json check_words common doctor ends exec explain flow watch learn learned learned_calls learned_file learned_more learned_names learned_paths learned_reach learned_rest learned_rules lines listener main lacks own_program probe_kernel probe_spawn probes profile promises relay remedy run signatures stage tojson tracee view wants
PROFILES := strict filter squid-auth squid-rewrite squid-log squid-unlinkd network-client none

UNIT_TESTS := handshake fdmap closefds error fuzz
SPAWN_TESTS := channel spawn exec ipc helper reserve seal inject edge threads squid
# tests of sandbox/, which link with both libraries
SANDBOX_UNIT_TESTS := bpf calls image names profile program rules fuzz_profile
SANDBOX_TESTS := builtins hostile landlock paths sandbox
# tests of cmd/: of the built command, and of its parts, which they link with
CMD_TESTS := cmd run check learn explain
TESTS := $(UNIT_TESTS) $(SPAWN_TESTS) $(SANDBOX_UNIT_TESTS) $(SANDBOX_TESTS) $(CMD_TESTS)
TEST_HELPERS := report hostile calls
GATES := check-child check-symbols check-headers check-install check-pages check-squid check-apache check-terminal

# Flags

cc_options = $(shell for o in $(1); do $(or $(2),$(CC)) -Werror $$o -c -x c /dev/null -o /dev/null 2>/dev/null && echo $$o; done)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
	-Wundef -Wvla -Wformat=2 -Wconversion -Wno-sign-conversion $(if $(CI),-Werror)
HARDEN := $(if $(SAN),,$(call cc_options,-fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-mbranch-protection=standard -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr \
	-fstrict-flex-arrays=3) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
SAN_FLAGS := $(if $(filter address,$(SAN)),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(filter fuzzer,$(SAN)),-fsanitize=fuzzer-no-link$(,)address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(filter thread,$(SAN)),-fsanitize=thread -fno-omit-frame-pointer)
LD_HARDEN := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

# A libc of its own (musl-gcc) may come without the kernel's headers: take the system's, last.
KERNEL_HEADERS := $(shell echo '$(H)include <linux/seccomp.h>' | $(CC) -E - >/dev/null 2>&1 || \
	echo -idirafter /usr/include -idirafter /usr/include/$$($(CC) -print-multiarch))

BASE := -std=gnu11 -Ilib $(KERNEL_HEADERS) -fPIC -pthread -MMD -MP $(WARN)
LIB_FLAGS := $(BASE) $(HARDEN) $(SAN_FLAGS)

# The child's objects run in the parent's live memory: nothing that a compiler adds on its own may
# call out, read thread-local storage, or write. CHILD_EXTRA is for coverage builds; CHILD_CC for a CC that
# instruments whatever it compiles, as AFL++'s does.
CHILD_EXTRA ?=
CHILD_CC ?= $(CC)
# without what a fuzzing service has in CFLAGS for the rest
CHILD_CFLAGS ?= $(CFLAGS)
CHILD_FLAGS := $(BASE) -O2 -ffreestanding -fno-builtin -fno-stack-protector -U_FORTIFY_SOURCE -fno-lto \
	-fno-sanitize=all $(call cc_options,-mno-outline-atomics -fno-tree-loop-distribute-patterns \
	-fno-stack-clash-protection -fcf-protection -mbranch-protection=standard -fno-instrument-functions \
	-fno-profile-arcs -fno-test-coverage -fno-profile-generate -fno-profile-instr-generate -fno-coverage-mapping \
	-fno-split-stack -ftrivial-auto-var-init=uninitialized,$(CHILD_CC)) $(CHILD_EXTRA)

OBJCOPY ?= $(shell $(CC) -print-prog-name=objcopy)
NM ?= $(shell $(CC) -print-prog-name=nm)

SANDBOX_OBJ := $(SANDBOX_SRC:%=$(B)/sandbox/%.o)
LIB_OBJ := $(LIB_SRC:%=$(B)/lib/%.o) $(B)/lib/child-whole.o
CMD_OBJ := $(CMD_SRC:%=$(B)/cmd/%.o)
CHILD_OBJ := $(CHILD_SRC:%=$(B)/lib/%.child.o)

all: lib sandbox cmd ## the libraries and the command
sandbox: $(B)/libairlock-sandbox.a $(B)/libairlock-sandbox.so $(B)/airlock-sandbox.pc
lib: $(B)/libairlock.a $(B)/libairlock.so $(B)/airlock.pc
cmd: $(B)/airlock

# A build with other flags must not mix with what is there
FLAGS_NOW := $(CC) $(CHILD_CC) $(CPPFLAGS) $(CFLAGS) $(CHILD_CFLAGS) $(LDFLAGS) $(LIB_FLAGS) $(CHILD_FLAGS)
$(B)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@

$(B)/lib/%.o: lib/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC     $@')
	$(Q)$(CC) $(LIB_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/sandbox/%.o: sandbox/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC     $@')
	$(Q)$(CC) $(LIB_FLAGS) -Isandbox -I$(B)/sandbox $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/cmd/%.o: cmd/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC     $@')
	$(Q)$(CC) $(LIB_FLAGS) -Isandbox -Icmd $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The builtin profiles as C strings, one a file
$(B)/sandbox/builtins.o: $(B)/sandbox/builtins.inc
$(B)/sandbox/builtins.inc: $(PROFILES:%=sandbox/profiles/%.conf) Makefile
	@mkdir -p $(@D)
	$(Q)for p in $(PROFILES); do \
		printf '{ "%s",\n' $$p; \
		sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' sandbox/profiles/$$p.conf; \
		echo '},'; done >$@

# The same as they are when they were read. It takes a program that runs here: for another machine there are none,
# and they are read where they are used. (A coverage build's program would leave a file behind.)
NATIVE := $(filter $(shell uname -m)-%,$(shell $(CC) -dumpmachine))
$(B)/sandbox/ready.o: $(B)/sandbox/ready.inc
$(B)/sandbox/ready.inc: $(if $(NATIVE),$(B)/sandbox/make-ready) Makefile
	@mkdir -p $(@D)
	$(Q)$(if $(NATIVE),LLVM_PROFILE_FILE=/dev/null $< >$@ || { echo 'builtin profiles will be read at run time'; : >$@; },: >$@)
$(B)/sandbox/make-ready: $(patsubst %,$(B)/sandbox/%.o,make_ready $(filter-out ready,$(SANDBOX_SRC)))
	$(Q)$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^

$(B)/lib/%.child.o: lib/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CHILD  $@')
	$(Q)$(CHILD_CC) $(CPPFLAGS) $(CHILD_CFLAGS) $(CHILD_FLAGS) -c -o $@ $<

# One object with one door: the copies of closefds and handshake in it are its own
$(B)/lib/child-whole.o: $(CHILD_OBJ)
	$(if $(Q),@echo '  LINK   $@')
	$(Q)$(CHILD_CC) -nostdlib -r -o $@ $(CHILD_OBJ)
	$(Q)$(OBJCOPY) --keep-global-symbol=airlock__child $@
	$(if $(CHILD_EXTRA),,@u=$$($(NM) -u $@); [ -z "$$u" ] || \
		{ echo "these flags make the child call out:$$u; tests/check-child.sh says why it must not"; exit 1; })

$(B)/libairlock.a: $(LIB_OBJ)
	$(if $(Q),@echo '  AR     $@')
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$(B)/libairlock.so: $(LIB_OBJ) lib/libairlock.sym
	$(if $(Q),@echo '  LINK   $@')
	$(Q)$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) $(LD_HARDEN) $(if $(SAN),,-Wl$(,)-z$(,)defs) -shared -pthread \
		-Wl,-soname,$(SONAME) -Wl,--version-script,lib/libairlock.sym -o $@ $(LIB_OBJ)

$(B)/libairlock-sandbox.a: $(SANDBOX_OBJ)
	$(if $(Q),@echo '  AR     $@')
	$(Q)rm -f $@ && $(AR) rcs $@ $(SANDBOX_OBJ)

$(B)/libairlock-sandbox.so: $(SANDBOX_OBJ) sandbox/libairlock-sandbox.sym
	$(if $(Q),@echo '  LINK   $@')
	$(Q)$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) $(LD_HARDEN) $(if $(SAN),,-Wl$(,)-z$(,)defs) -shared -pthread \
		-Wl,-soname,libairlock-sandbox.so.$(SO) -Wl,--version-script,sandbox/libairlock-sandbox.sym -o $@ \
		$(SANDBOX_OBJ)

# Linked statically where that goes: each helper pays for what the loader has to find. STATIC= for names of users from
# elsewhere than /etc/passwd, which a static program cannot ask for: cmd/users.c knows the files alone.
links = $(shell echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) $(LDFLAGS) $(1) -x c - -o /dev/null 2>/dev/null && \
	echo '$(1)')
STATIC ?= $(if $(SAN),,$(call links,-static-pie))
JANSSON = $(or $(call links,-l:libjansson.a),-ljansson)
$(B)/airlock: $(CMD_OBJ) $(B)/cmd/users.o $(B)/libairlock-sandbox.a $(B)/libairlock.a
	$(if $(Q),@echo '  LINK   $@')
	$(Q)static='$(if $(filter %.a,$(JANSSON)),$(STATIC))'; \
		$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) $(LD_HARDEN) $${static:--pie} -pthread -o $@ $(CMD_OBJ) \
		$${static:+$(B)/cmd/users.o} $(filter %.a,$^) $(JANSSON)

$(B)/airlock.pc: lib/airlock.pc.in lib/airlock/airlock.h FORCE
$(B)/airlock-sandbox.pc: sandbox/airlock-sandbox.pc.in lib/airlock/airlock.h FORCE
$(B)/%.pc:
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' $< >$@

LIBRARIES := libairlock libairlock-sandbox
MAN := $(wildcard man/*.[1-8])
MAN_AT := $(foreach page,$(MAN),share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
COMPLETION_AT := share/bash-completion/completions/airlock share/zsh/site-functions/_airlock

# They may hold blanks, which make's own lists cannot: the shell has them from the environment.
install uninstall: export TO = $(DESTDIR)$(PREFIX)

install: all ## install under DESTDIR/PREFIX
	for d in bin include/airlock lib/pkgconfig $(sort $(dir $(MAN_AT) $(COMPLETION_AT))); do \
		install -d "$$TO/$$d" || exit 1; done
	install -m 755 '$(B)/airlock' "$$TO/bin"
	install -m 644 $(HEADERS:%=lib/airlock/%.h) $(SANDBOX_HEADERS:%=sandbox/airlock/%.h) "$$TO/include/airlock"
	for l in $(LIBRARIES); do \
		install -m 644 '$(B)'/$$l.a "$$TO/lib" && \
		install -m 755 '$(B)'/$$l.so "$$TO/lib/$$l.so.$(VERSION)" && \
		ln -sf $$l.so.$(VERSION) "$$TO/lib/$$l.so.$(SO)" && \
		ln -sf $$l.so.$(SO) "$$TO/lib/$$l.so" || exit 1; done
	install -m 644 '$(B)/airlock.pc' '$(B)/airlock-sandbox.pc' "$$TO/lib/pkgconfig"
	for page in $(MAN); do install -m 644 $$page "$$TO/share/man/man$${page##*.}" || exit 1; done
	install -m 644 cmd/airlock.bash "$$TO/$(firstword $(COMPLETION_AT))"
	install -m 644 cmd/airlock.zsh "$$TO/$(lastword $(COMPLETION_AT))"

uninstall: ## remove what install put there
	for f in $(addprefix include/airlock/,$(HEADERS:%=%.h) $(SANDBOX_HEADERS:%=%.h)) \
		$(foreach l,$(LIBRARIES),$(addprefix lib/$(l).,a so so.$(SO) so.$(VERSION))) \
		lib/pkgconfig/airlock.pc lib/pkgconfig/airlock-sandbox.pc bin/airlock $(MAN_AT) $(COMPLETION_AT); do \
		rm -f "$$TO/$$f" || exit 1; done
	-rmdir "$$TO/include/airlock"

# Tests: each is one program, tests/test_NAME.c with the shared harness

TEST_FLAGS = $(BASE) -Itests -Isandbox -Icmd -Ifuzz $(SAN_FLAGS) -DBUILD_DIR='"$(abspath $(B))"'

$(B)/tests/%.o: tests/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC     $@')
	$(Q)$(CC) $(TEST_FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/tests/test_%: $(B)/tests/test_%.o $(B)/tests/common.o $(B)/libairlock-sandbox.a $(B)/libairlock.a
	$(Q)$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.o,$^) $(WRAP) \
		$(B)/libairlock-sandbox.a $(B)/libairlock.a $(TEST_LIBS) -lcmocka

# the command as it was built, and its own parts
$(B)/tests/command.o: $(B)/airlock
$(CMD_TESTS:%=$(B)/tests/test_%): $(B)/tests/command.o
$(B)/tests/test_learn: $(addprefix $(B)/cmd/,learned.o learned_calls.o learned_file.o learned_more.o learned_names.o learned_paths.o learned_reach.o learned_rest.o learned_rules.o)
$(B)/tests/test_explain: $(addprefix $(B)/cmd/,common.o explain.o listener.o remedy.o signatures.o stage.o tracee.o view.o wants.o)
# what the command prints is read back
$(B)/tests/test_check: $(B)/tests/abi.o
$(B)/tests/test_check: private TEST_LIBS = $(JANSSON)
# a witness: what we say of system calls, libseccomp must say, too
$(B)/tests/test_calls $(B)/tests/test_program: private TEST_LIBS := -lseccomp
$(B)/tests/test_closefds: $(B)/tests/fake_kernel.o
$(B)/tests/test_fuzz_profile: $(addprefix $(B)/fuzz/,ops.o profile_text.o profile_model.o profile_answers.o)
$(B)/tests/test_fuzz: $(addprefix $(B)/fuzz/,ops.o descriptors.o fake_channel.o) $(B)/tests/fake_kernel.o
# it takes memory away from what is tested
$(B)/tests/test_profile: private WRAP := $(foreach f,malloc calloc realloc reallocarray strdup strndup,-Wl$(,)--wrap=$(f))
$(B)/tests/test_inject $(B)/tests/test_edge: $(B)/tests/supervisor.o
$(B)/tests/test_builtins $(B)/tests/test_sandbox: $(B)/tests/abi.o
$(B)/tests/test_image $(B)/tests/test_landlock $(B)/tests/test_paths: \
		$(B)/tests/abi.o $(B)/tests/scratch.o $(B)/tests/small_elf.o

# Fuzz targets, a file each; the parts that they share. The same sources for every engine, see fuzz/README.md.
FUZZ_TARGETS := handshake chat closefds closefds_real fdmap spawn profile profile_diff
FUZZ_SHARED := ops
# What links the targets: libFuzzer's flag, or what the environment of a fuzzing service gives; by default our own driver
LIB_FUZZING_ENGINE ?=
FUZZ_OUT ?= $(B)/replay
FUZZ_LINK ?= $(CC) $(SAN_FLAGS) $(CFLAGS)

$(B)/fuzz/%.o: fuzz/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(if $(Q),@echo '  CC     $@')
	$(Q)$(CC) $(LIB_FLAGS) -Isandbox -Itests -Ifuzz -I$(B)/fuzz $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# What only judges profiles makes nothing new when it is reached in another way: a third of the time is spent there
ifeq ($(SAN),fuzzer)
$(patsubst %,$(B)/fuzz/%.o,profile profile_text profile_same profile_diff profile_model profile_answers) \
	$(B)/sandbox/bpf.o $(B)/sandbox/reading.o: private LIB_FLAGS += \
	-fno-sanitize-coverage=inline-8bit-counters,pc-table,trace-cmp,indirect-calls,trace-div,trace-gep,stack-depth
endif

$(FUZZ_TARGETS:%=$(FUZZ_OUT)/%): $(FUZZ_OUT)/%: $(B)/fuzz/%.o $(FUZZ_SHARED:%=$(B)/fuzz/%.o) \
		$(if $(LIB_FUZZING_ENGINE),,$(B)/fuzz/replay.o) $(B)/libairlock-sandbox.a $(B)/libairlock.a
	@mkdir -p $(@D)
	$(if $(Q),@echo '  LINK   $@')
	$(Q)$(FUZZ_LINK) $(LDFLAGS) -pthread -o $@ $(filter %.o,$^) $(WRAP) \
		$(B)/libairlock-sandbox.a $(B)/libairlock.a $(LIB_FUZZING_ENGINE)
$(FUZZ_OUT)/chat: $(B)/fuzz/fake_channel.o
# the library's calls go through the target, which lets some fail
FUZZ_SPAWN_CALLS := mmap munmap mprotect madvise getrandom pipe2 socketpair socket bind listen connect accept4 getsockname \
	getsockopt setsockopt fcntl open read __read_chk write send poll waitid memfd_create dup3
$(FUZZ_OUT)/spawn: $(addprefix $(B)/fuzz/,spawn_caller.o spawn_faults.o spawn_options.o spawn_report.o spawn_seal.o)
$(FUZZ_OUT)/spawn: private WRAP := $(foreach f,$(FUZZ_SPAWN_CALLS),-Wl$(,)--wrap=$(f))
$(B)/fuzz/spawn_options.o: $(B)/fuzz/spawn_program.inc
$(B)/fuzz/spawn_program: fuzz/spawn_program.c fuzz/spawn_program.h $(B)/.flags
	@mkdir -p $(@D)
	$(Q)$(CHILD_CC) -std=gnu11 $(KERNEL_HEADERS) $(WARN) -O2 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie \
		-Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-s -o $@ $<
$(B)/fuzz/spawn_program.inc: $(B)/fuzz/spawn_program
	$(Q)od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' >$@
$(FUZZ_OUT)/closefds $(FUZZ_OUT)/closefds_real: $(B)/fuzz/descriptors.o $(B)/tests/fake_kernel.o
$(FUZZ_OUT)/profile: $(B)/fuzz/profile_text.o $(B)/fuzz/profile_same.o
$(FUZZ_OUT)/profile_diff: $(B)/fuzz/profile_model.o $(B)/fuzz/profile_answers.o

replay: $(FUZZ_TARGETS:%=$(FUZZ_OUT)/%)

# Readable seeds, and the inputs that they mean
define seeds_of
$(B)/seeds/$(1)/%: fuzz/seeds/$(1)/% $(B)/replay/$(1)
	@mkdir -p $$(@D)
	$$(Q)$(B)/replay/$(1) --make $$< >$$@
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call seeds_of,$(t))))
seeds: $(patsubst fuzz/%,$(B)/%,$(foreach t,$(FUZZ_TARGETS),$(wildcard fuzz/seeds/$(t)/*)))

fuzz: ## all fuzz targets for libFuzzer, as build/fuzz/TARGET
	$(Q)$(MAKE) --no-print-directory CC=clang-19 SAN=fuzzer B=$(B)/fuzz/obj FUZZ_OUT=$(B)/fuzz \
		LIB_FUZZING_ENGINE=-fsanitize=fuzzer CFLAGS='-g -O1' \
		CHILD_EXTRA='-fsanitize-coverage=inline-8bit-counters$(,)pc-table' replay

# Each way has its variables in the environment, where afl-clang-fast looks for them
AFL_WAYS := plain asan cmplog laf
fuzz-afl: $(AFL_WAYS:%=fuzz-afl-%) ## all fuzz targets for AFL++, as build/afl/{plain,asan,cmplog,laf}/TARGET
fuzz-afl-asan: export AFL_USE_ASAN := 1
fuzz-afl-asan: export AFL_USE_UBSAN := 1
fuzz-afl-cmplog: export AFL_LLVM_CMPLOG := 1
# not SPLIT_COMPARES: that of AFL++ 4.04c takes signed 64-bit numbers for others (0 >= 0x80000000), and so each deadline
fuzz-afl-laf: export AFL_LLVM_LAF_SPLIT_SWITCHES := 1
fuzz-afl-laf: export AFL_LLVM_LAF_TRANSFORM_COMPARES := 1
$(AFL_WAYS:%=fuzz-afl-%): fuzz-afl-%:
	$(Q)AFL_QUIET=1 $(MAKE) --no-print-directory CC=afl-clang-fast CHILD_CC=clang SAN=afl B=$(B)/afl/obj-$* \
		FUZZ_OUT=$(B)/afl/$* LIB_FUZZING_ENGINE=-fsanitize=fuzzer CFLAGS='-g -O1 -fno-omit-frame-pointer' replay

corpus: ## corpus/ anew: the smallest set that covers what it does now, and what the seeds do
	$(Q)rm -rf '$(B)/corpus'
	$(Q)MAKE='$(MAKE)' B='$(B)' fuzz/campaign -t 0 -e libfuzzer --keep -o "$(abspath $(B))/corpus"

fuzz-smoke: ## fuzz/campaign over all targets, a few seconds each, and what it does with a planted bug
	$(Q)MAKE='$(MAKE)' tests/check-fuzz.sh '$(B)'

fuzz-teeth: ## plant known bugs, see that libFuzzer and AFL++ find each; TEETH_ARGS='-e libfuzzer fdmap-same-number'
	$(Q)MAKE='$(MAKE)' fuzz/teeth.sh '$(B)' $(TEETH_ARGS)

fuzz-coverage: ## what of lib/ and sandbox/ the committed corpora reach: lines, branches, MC/DC
	$(Q)MAKE='$(MAKE)' fuzz/coverage.sh '$(B)'

check-oss-fuzz: ## build the targets as OSS-Fuzz does, for each of its sanitizers, and look at them as it does
	$(Q)tests/check-oss-fuzz.sh '$(B)' $(SANITIZERS)

fuzz-targets:
	@echo $(FUZZ_TARGETS)

# What the tests start: static where it goes, so that what it reports is its own and not its loader's
$(B)/tests/helpers/%: tests/helpers/%.c $(B)/.flags
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(KERNEL_HEADERS) $(WARN) -O2 -g -static -o $@ $<

tests: $(TESTS:%=$(B)/tests/test_%) $(TEST_HELPERS:%=$(B)/tests/helpers/%)

check: tests all replay seeds ## all tests and gates; SAN=address or SAN=thread for those that make sense there
	$(Q)CC='$(CC)' OBJCOPY='$(OBJCOPY)' MAKE='$(MAKE)' tests/run.sh '$(B)' '$(SAN)' '$(UNIT_TESTS) $(SANDBOX_UNIT_TESTS)' \
		'$(SPAWN_TESTS)' '$(SANDBOX_TESTS)' '$(CMD_TESTS)' '$(GATES)' '$(FUZZ_TARGETS)'

# Compilers and architectures that lib/ and sandbox/ are kept free of warnings with. What is not installed is said.
COMPILERS := gcc clang-14 clang-19 musl-gcc aarch64-linux-gnu-gcc riscv64-linux-gnu-gcc
check-compilers: ## build with every compiler that is installed; tests of other machines under qemu-user
	$(Q)MAKE='$(MAKE)' tests/check-compilers.sh $(COMPILERS)

demo: $(B)/tests/demo ## a page that shows what this is
	@$<

$(B)/tests/demo: $(B)/tests/demo.o $(B)/libairlock-sandbox.a $(B)/libairlock.a
	$(Q)$(CC) $(SAN_FLAGS) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^

bench: $(B)/bench/bench $(B)/bench/exit $(B)/bench/calls $(B)/bench/airlock ## what a spawn costs, and a command; BENCH_ARGS='-r 1000'
	@$< $(BENCH_ARGS)

BENCH_SRC := bench/bench.c bench/commands.c bench/stats.c
$(B)/bench/bench: $(BENCH_SRC) $(wildcard bench/*.h) $(B)/.flags $(B)/libairlock-sandbox.a $(B)/libairlock.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(BASE)) -Isandbox $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) \
		-DBENCH_EXIT='"$(abspath $(B))/bench/exit"' -DBENCH_CALLS='"$(abspath $(B))/bench/calls"' \
		-DBENCH_AIRLOCK='"$(abspath $(B))/bench/airlock"' -o $@ $(BENCH_SRC) $(B)/libairlock-sandbox.a $(B)/libairlock.a

# As it is used: what a linker has just written lies in smaller pieces in the kernel's cache, and is slower to map
$(B)/bench/airlock: $(B)/airlock
	@mkdir -p $(@D)
	$(Q)install -m 755 $< $@

# what is started costs as little as can be: no libc
$(B)/bench/exit $(B)/bench/calls: bench/exit.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O2 -static -nostdlib -ffreestanding -fno-stack-protector \
		$(if $(filter %/calls,$@),-DMEASURE_CALLS) -o $@ $<

# What is missing, as Debian packages: PROBE=PACKAGE, where PROBE is a command or a file
DEPS := cc=gcc pkg-config=pkg-config perl=perl valgrind=valgrind /usr/include/cmocka.h=libcmocka-dev \
	/usr/include/seccomp.h=libseccomp-dev /usr/include/jansson.h=libjansson-dev mandoc=mandoc \
	/usr/lib/squid/basic_ncsa_auth=squid curl=curl apache2=apache2-bin tmux=tmux zsh=zsh
CI_DEPS := g++=g++ clang-14=clang-14 clang-19=clang-19 /usr/lib/llvm-19/lib/clang/19/lib/linux=libclang-rt-19-dev \
	musl-gcc=musl-tools aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu riscv64-linux-gnu-gcc=gcc-riscv64-linux-gnu \
	/usr/aarch64-linux-gnu/include/stdio.h=libc6-dev-arm64-cross \
	/usr/riscv64-linux-gnu/include/stdio.h=libc6-dev-riscv64-cross qemu-aarch64=qemu-user \
	llvm-symbolizer-19=llvm-19 afl-clang-fast=afl++

install_missing = @missing=; for d in $(1); do probe=$${d%%=*}; \
	command -v $$probe >/dev/null || [ -e $$probe ] || missing="$$missing $${d\#*=}"; done; \
	if [ -n "$$missing" ]; then \
		command -v apt-get >/dev/null || { echo "install by hand:$$missing"; exit 1; }; \
		as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; echo "installing:$$missing"; \
		$$as_root apt-get -qq update && \
		DEBIAN_FRONTEND=noninteractive $$as_root apt-get -qq install -y --no-install-recommends $$missing >/dev/null; fi

deps: ## install what demo and check need and is missing (Debian)
	$(call install_missing,$(DEPS))

deps-ci: ## install what check-compilers and the sanitizers need besides
	$(call install_missing,$(CI_DEPS))

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r t d; do printf '%-16s %s\n' "$$t" "$$d"; done

FORCE:
PHONY_FUZZ := replay seeds corpus fuzz fuzz-afl $(AFL_WAYS:%=fuzz-afl-%) fuzz-smoke fuzz-teeth fuzz-coverage \
	fuzz-targets check-oss-fuzz
.PHONY: $(PHONY_FUZZ) all lib sandbox cmd install uninstall tests check check-compilers demo bench deps deps-ci clean help FORCE
.SECONDARY:

-include $(wildcard $(B)/lib/*.d $(B)/sandbox/*.d $(B)/cmd/*.d $(B)/tests/*.d $(B)/fuzz/*.d)
