using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>What a PERSISTENT RESERVE OUT command comes to.</summary>
/// <param name="State">What is registered and reserved afterwards; null when the command is refused.</param>
internal sealed record ReservationStep(ReservationState? State)
{
    /// <summary>RESERVATION CONFLICT.</summary>
    public static ReservationStep Conflict { get; } = new((ReservationState?)null);

    /// <summary>Why it ends with CHECK CONDITION; null when it does not.</summary>
    public SenseData? Refusal { get; init; }

    /// <summary>Unit attentions to establish, by nexus.</summary>
    public IReadOnlyList<(NexusName Nexus, SenseData Attention)> Attentions { get; init; } = [];

    /// <summary>The nexuses that were preempted, whose commands PREEMPT AND ABORT ends (SPC-4 §5.13.11.5): that of the command too, when it gave its own key.</summary>
    public IReadOnlyList<NexusName> Preempted { get; init; } = [];

    /// <summary>Refused with CHECK CONDITION.</summary>
    public static ReservationStep Refuse(SenseData sense) => new((ReservationState?)null) { Refusal = sense };
}
