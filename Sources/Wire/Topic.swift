package import Imaging
package import Session

/// The first part of every published message; subscribers filter by prefix, like `event.` or `event.wave`.
package enum Topic: String, CaseIterable, Sendable, Codable {
    case sparkProvisional = "event.spark.provisional"
    case waveProvisional = "event.wave.provisional"
    case puffProvisional = "event.puff.provisional"
    case sparkFinal = "event.spark.final"
    case waveFinal = "event.wave.final"
    case puffFinal = "event.puff.final"
    case sparkRetracted = "event.spark.retracted"
    case waveRetracted = "event.wave.retracted"
    case puffRetracted = "event.puff.retracted"
    case triggerFired = "trigger.fired"
    case triggerSuppressed = "trigger.suppressed"
    case triggerAction = "trigger.action"
    case triggerOutcome = "trigger.outcome"
    case triggerArmed = "trigger.armed"
    case triggerDisarmed = "trigger.disarmed"
    case seriesStart = "series.start"
    case seriesEnd = "series.end"
    case examination
    case gap
    case heartbeat = "hb"
    case mark
    case regions
    case correction
    case movement
    case status

    /// The topic of events of a class in one state.
    package init(_ eventClass: EventClass, _ state: EventState) {
        self =
            switch (eventClass, state) {
            case (.spark, .provisional): .sparkProvisional
            case (.wave, .provisional): .waveProvisional
            case (.puff, .provisional): .puffProvisional
            case (.spark, .final): .sparkFinal
            case (.wave, .final): .waveFinal
            case (.puff, .final): .puffFinal
            case (.spark, .retracted): .sparkRetracted
            case (.wave, .retracted): .waveRetracted
            case (.puff, .retracted): .puffRetracted
            }
    }
}
