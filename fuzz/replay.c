/* Runs a fuzzer without libFuzzer: feeds it the empty input and each file named, or each file of a directory named. */
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_path(const char *path);
static bool replay_directory(const char *path);
static bool replay_file(const char *path, size_t size);

int main(int argc, char **argv) {
    bool all_read = true;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        all_read = replay_path(argv[i]) && all_read;
    return all_read ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A path that does not exist counts as a directory without seeds. */
static bool replay_path(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return true;
    return S_ISDIR(status.st_mode) ? replay_directory(path) : replay_file(path, (size_t)status.st_size);
}

static bool replay_directory(const char *path) {
    DIR *directory = opendir(path);
    if (!directory)
        return false;
    bool all_read = true;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        char child[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        int len = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        all_read = len > 0 && (size_t)len < sizeof child && replay_path(child) && all_read;
    }
    closedir(directory);
    return all_read;
}

/* The copy has exactly the input's size, so that the sanitizer sees a read past its end. */
static bool replay_file(const char *path, size_t size) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);
    bool is_read = file && data && fread(data, 1, size, file) == size;
    if (is_read)
        LLVMFuzzerTestOneInput(data, size);
    else
        fprintf(stderr, "cannot read %s\n", path);
    free(data);
    if (file)
        fclose(file);
    return is_read;
}
