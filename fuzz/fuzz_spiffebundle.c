/* SPIFFE bundles from any text: what is read is PEM of as many blocks as were counted. */
#include "pki/spiffebundle.h"

#include "base/bug.h"
#include "pki/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct spiffebundle bundle;
    struct pem_reader reader;
    struct pem_block block;
    struct buf pem;
    size_t blocks = 0;
    buf_init(&pem, SPIFFEBUNDLE_PEM_BYTES_MAX);
    if (!spiffebundle_read(slice_of(data, size), &bundle, &pem)) {
        pem_init(&reader, buf_view(&pem));
        while (pem_next(&reader, &block) == PEM_FOUND)
            blocks++;
        bug_on(blocks != bundle.certificates || blocks == 0);
    }
    buf_fini(&pem);
    return 0;
}
