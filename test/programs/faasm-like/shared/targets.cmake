# Faasm's target names, each a program that compiles in a moment. func_runner, func_sym and microbench_runner come from
# the native runtime in miniature, unless FAASM_LIKE_SMALL is set in the environment: then they are stand-ins too, and
# func_runner only asks LLVM for the perf listener, in a file called as WAVM's is.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(FAASM_LIKE_SRC ${CMAKE_CURRENT_LIST_DIR}/src)
set(MINI_RUNTIME ${CMAKE_CURRENT_LIST_DIR}/../../mini-runtime)

set(stand_ins codegen_func codegen_shared_obj is_app_migratable local_pool_runner planner_server pool_runner upload tests)
if (NOT DEFINED ENV{FAASM_LIKE_SMALL} AND EXISTS ${MINI_RUNTIME}/CMakeLists.txt)
    add_subdirectory(${MINI_RUNTIME} mini-runtime)
else ()
    add_library(WAVM STATIC ${FAASM_LIKE_SRC}/Lib/LLVMJIT/LLVMModule.cpp)
    target_include_directories(WAVM SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
    target_link_libraries(WAVM PUBLIC LLVM)
    add_executable(func_runner ${FAASM_LIKE_SRC}/func_runner.cpp)
    target_link_libraries(func_runner PRIVATE WAVM)
    list(APPEND stand_ins func_sym microbench_runner)
endif ()
foreach (name ${stand_ins})
    add_executable(${name} ${FAASM_LIKE_SRC}/${name}.cpp)
endforeach ()
