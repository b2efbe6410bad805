package import Session
package import Sound
package import Wire

extension SoundSink: LiveFollower {}

/// The sound of a live run, played or written.
package struct SoundPart: FollowingPart, WatchedPart {
    private let player: SoundPlayer?
    private let file: SoundFileOutput?
    private let playerNotice = FailureNotice(.soundFailed)
    private let fileNotice = FailureNotice(.soundFailed)

    package init(player: SoundPlayer?, file: SoundFileOutput?) {
        self.player = player
        self.file = file
    }

    package func makeFollower() -> (any LiveFollower)? {
        SoundSink { [player, file] item in
            file?.take(item)
            if case .event(let event) = item { player?.play(event) }
        }
    }

    package func news() -> [Health] {
        [playerNotice.update(player?.statistics.failure), fileNotice.update(file?.statistics.failure)]
            .compactMap(\.self)
    }

    package func count(in counters: inout RunCounters) {
        for statistics in [player?.statistics, file?.statistics].compactMap(\.self) {
            counters.soundsPlayed += statistics.played
            counters.soundsDropped += statistics.dropped
        }
    }

    package func finish() {
        player?.finish()
        file?.finish()
    }

    package var summary: [String] {
        [("played", player?.statistics), ("written", file?.statistics)].compactMap { verb, statistics in
            statistics.map { statistics in
                let failure = statistics.failure.map { ": \($0)" } ?? ""
                return "sounds     \(statistics.played) \(verb), \(statistics.dropped) left out\(failure)"
            }
        }
    }
}
