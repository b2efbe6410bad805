import Session

/// Leaves one channel of a stream in which several alternate, and counts its frames as if they came alone.
///
/// Senders number the frames of all channels through, or those of each channel; which is seen from the frames that are
/// left out. A pure value without clock or I/O.
package struct ChannelFilter {
    /// What becomes of a frame.
    package enum Decision: Equatable {
        /// It is of the channel; the numbers are those that it would have without the others.
        case take(frameIndex: Int?, messageNumber: Int?)
        /// It is of another channel.
        case leave
        /// The channel has not come for long, and another has: that one is taken from here on, as a new series.
        case turn(frameIndex: Int?, messageNumber: Int?)
    }

    /// Frames of other channels in a row after which the channel counts as gone.
    package static let patience = 32
    /// Messages that come late by no more are the same sender's, reordered.
    private static let reorderReach = 64
    /// Channels that are told apart, at most.
    private static let mostChannels = 64

    /// The channel that the user wants; nil for that of the first frame.
    private let wanted: String?
    private(set) var chosen: String?
    /// All channels seen since the start of the series.
    private(set) var seen: [String] = []
    private var seriesID: String?
    private var leftOutInARow = 0
    private var messagesLeftOut = 0
    private var lastMessageNumber: Int?
    /// The last frame that was taken: the sender's index and the one that it was given.
    private var last: (sent: Int, given: Int)?
    /// Whether frames of other channels have numbers between those that are taken.
    private var isNumberedThrough = false
    /// Whether each channel has numbers of its own.
    private var isNumberedEach = false
    private var hasLeftOutAfterLast = false

    package init(wanted: String?) { self.wanted = wanted }

    /// Forgets the series; the next frame may be of any channel.
    mutating func startSeries() { self = ChannelFilter(wanted: wanted) }

    /// Decides about a frame.
    package mutating func receive(channel: String?, seriesID: String?, frameIndex: Int?, messageNumber: Int?)
        -> Decision
    {
        if seriesID != self.seriesID {
            startSeries()
            self.seriesID = seriesID
        }
        if let messageNumber, let lastMessageNumber, messageNumber < lastMessageNumber - Self.reorderReach {
            messagesLeftOut = 0
        }
        lastMessageNumber = messageNumber ?? lastMessageNumber
        guard let channel else { return taken(frameIndex, messageNumber) }
        if !seen.contains(channel), seen.count < Self.mostChannels { seen.append(channel) }
        if chosen == nil, wanted == nil || wanted?.lowercased() == channel.lowercased() { chosen = channel }
        if channel == chosen { return taken(frameIndex, messageNumber) }
        messagesLeftOut += 1
        leftOutInARow += 1
        if let frameIndex, let last {
            if frameIndex > last.sent { hasLeftOutAfterLast = true }
            if frameIndex == last.sent { isNumberedEach = true }
        }
        guard wanted == nil, leftOutInARow >= Self.patience else { return .leave }
        let seen = [channel]
        startSeries()
        (self.seriesID, self.seen, chosen, lastMessageNumber) = (seriesID, seen, channel, messageNumber)
        last = frameIndex.map { ($0, $0) }
        return .turn(frameIndex: frameIndex, messageNumber: messageNumber)
    }

    private mutating func taken(_ frameIndex: Int?, _ messageNumber: Int?) -> Decision {
        leftOutInARow = 0
        let number = messageNumber.map { max(0, $0 - messagesLeftOut) }
        guard let frameIndex else { return .take(frameIndex: nil, messageNumber: number) }
        guard let last, frameIndex > last.sent else {
            // The first one, or one that is late, doubled, or of a sender that counts anew.
            let first = frameIndex == messagesLeftOut ? 0 : frameIndex
            let given = last.map { frameIndex == 0 ? 0 : max(0, $0.given - ($0.sent - frameIndex) / period) } ?? first
            if last == nil || frameIndex == 0 { self.last = (frameIndex, given) }
            return .take(frameIndex: given, messageNumber: number)
        }
        // Indices of frames left out that lie before this one are indices between two that were taken.
        if hasLeftOutAfterLast, frameIndex - last.sent > 1 { isNumberedThrough = true }
        hasLeftOutAfterLast = false
        let given = last.given + max(1, (frameIndex - last.sent) / period)
        self.last = (frameIndex, given)
        return .take(frameIndex: given, messageNumber: number)
    }

    /// Indices from one frame of a channel to its next.
    private var period: Int { isNumberedThrough && !isNumberedEach ? max(1, seen.count) : 1 }

    /// The number that a message would have without the frames that were left out.
    func number(_ messageNumber: Int?) -> Int? { messageNumber.map { max(0, $0 - messagesLeftOut) } }

    /// The number of frames of the channel among so many that the sender announced.
    func share(of announcedFrameCount: Int?) -> Int? { announcedFrameCount.map { max(1, $0 / period) } }
}
