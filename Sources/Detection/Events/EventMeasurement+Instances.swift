import Dispatch

extension EventMeasurement {
    /// Measures instances, several at a time: fits take milliseconds each.
    ///
    /// - Parameters:
    ///   - instances: Closed instances.
    ///   - numbers: The numbers that the events get, one per instance.
    ///   - segment: The segment that their frames are counted in.
    ///   - surroundings: The frames around them.
    /// - Returns: The events, in the order of the instances.
    func measure(
        _ instances: [Instance],
        numbers: [Int],
        in segment: RecordedSegment,
        surroundings: SurroundingFrames
    ) -> [CalciumEvent] {
        precondition(numbers.count == instances.count, "one number per instance")
        return [CalciumEvent](unsafeUninitializedCapacity: instances.count) { events, initializedCount in
            // Every iteration writes a place of its own, and nobody writes to the frames meanwhile.
            nonisolated(unsafe) let places = events, frames = surroundings
            DispatchQueue.concurrentPerform(iterations: instances.count) { index in
                let event = measure(instances[index], number: numbers[index], in: segment, surroundings: frames)
                places.initializeElement(at: index, to: event)
            }
            initializedCount = instances.count
        }
    }
}
