using Blockwire.Scsi;

namespace Blockwire.Scsi.Device.Reservations;

/// <summary>A PERSISTENT RESERVE OUT command, read (SPC-4 §6.16).</summary>
/// <param name="Action">Service action.</param>
/// <param name="By">The nexus that it came on.</param>
internal sealed record ReservationRequest(ReservationAction Action, NexusName By)
{
    /// <summary>SCOPE: 0 for the logical unit, which is all there is.</summary>
    public int Scope { get; init; }

    /// <summary>TYPE, as it was sent.</summary>
    public ReservationType Type { get; init; }

    /// <summary>RESERVATION KEY.</summary>
    public ulong Key { get; init; }

    /// <summary>SERVICE ACTION RESERVATION KEY.</summary>
    public ulong ServiceActionKey { get; init; }

    /// <summary>APTPL.</summary>
    public bool PersistThroughPowerLoss { get; init; }

    /// <summary>SPEC_I_PT.</summary>
    public bool SpecifiesInitiatorPorts { get; init; }

    /// <summary>The nexuses beside <see cref="By"/> that are to be registered with it: those of SPEC_I_PT and ALL_TG_PT.</summary>
    public IReadOnlyList<NexusName> Others { get; init; } = [];

    /// <summary>Where REGISTER AND MOVE takes the reservation.</summary>
    public NexusName Destination { get; init; }

    /// <summary>UNREG of REGISTER AND MOVE.</summary>
    public bool Unregister { get; init; }
}
