import CKernels
import Testing

@Suite struct CacheTests {
    /// Whatever a computer says of itself, or does not say.
    @Test func sizesAreThoseOfComputers() {
        let caches = ckernels_caches()
        #expect((64 << 10...64 << 20).contains(caches.second_level_bytes))
        #expect((caches.second_level_bytes...4 << 30).contains(caches.last_level_bytes))
    }
}
