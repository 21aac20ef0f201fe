using System.Collections.Immutable;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Session;

namespace Blockwire.Protocol.Negotiation;

/// <summary>What this target supports and prefers: the other half of every result function. Settable by configuration.</summary>
public sealed record TargetOffers : IOffers
{
    /// <summary>The most that <see cref="MaxConnections"/> can be.</summary>
    public const int ConnectionLimit = 32;

    /// <summary>Most connections in a session, up to <see cref="ConnectionLimit"/>.</summary>
    public int MaxConnections { get; init; } = ConnectionLimit;

    /// <summary>True: insist on R2T before any Data-Out. False: the initiator may choose.</summary>
    public bool InitialR2T { get; init; }

    /// <summary>True: immediate data is welcome.</summary>
    public bool ImmediateData { get; init; } = true;

    /// <summary>Bytes of data segment we declare to take.</summary>
    public int MaxRecvDataSegmentLength { get; init; } = 262144;

    /// <summary>Most bytes in one sequence.</summary>
    public int MaxBurstLength { get; init; } = 1 << 20;

    /// <summary>Most unsolicited bytes of one command.</summary>
    public int FirstBurstLength { get; init; } = 262144;

    /// <summary>Least seconds before recovery. The result is the larger of this and the initiator's.</summary>
    public int DefaultTime2Wait { get; init; } = 2;

    /// <summary>Most seconds to keep tasks and connections that are lost, after <see cref="DefaultTime2Wait"/>. The result is the smaller of this and the initiator's.</summary>
    public int DefaultTime2Retain { get; init; } = 20;

    /// <summary>Most R2Ts outstanding for one task: 1 to 16, for more are never sent.</summary>
    public int MaxOutstandingR2T { get; init; } = 16;

    /// <summary>True: insist on data PDUs in order. False: the initiator may choose.</summary>
    public bool DataPDUInOrder { get; init; }

    /// <summary>True: insist on sequences in order. False: the initiator may choose.</summary>
    public bool DataSequenceInOrder { get; init; }

    /// <summary>Highest recovery level served: 0, 1 or 2.</summary>
    public int ErrorRecoveryLevel { get; init; } = 2;

    /// <summary>Highest iSCSIProtocolLevel served. 2: with what RFC 7144 adds; 1: RFC 7143 alone.</summary>
    public int ProtocolLevel { get; init; } = 2;

    /// <summary>Policy for HeaderDigest.</summary>
    public DigestPolicy HeaderDigest { get; init; } = DigestPolicy.Prefer;

    /// <summary>Policy for DataDigest.</summary>
    public DigestPolicy DataDigest { get; init; } = DigestPolicy.Prefer;

    /// <summary>Task reporting semantics served. RFC3720 must be among them, as it holds when nothing is negotiated.</summary>
    public ImmutableArray<TaskReporting> TaskReporting { get; init; } =
        [Negotiation.TaskReporting.Rfc3720, Negotiation.TaskReporting.ResponseFence, Negotiation.TaskReporting.FastAbort];

    /// <summary>Checks every number against the range of its row in <see cref="KeyTable"/>, and against what this target can do.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside what the RFC admits for its key, or MaxOutstandingR2T exceeds 16, or MaxConnections 32.</exception>
    /// <exception cref="ArgumentException">FirstBurstLength exceeds MaxBurstLength (§13.14), or RFC3720 is not among TaskReporting.</exception>
    public TargetOffers Validated()
    {
        OfferLookup.CheckRanges(this);
        if (MaxOutstandingR2T > DataOutProgress.MaxOutstandingR2T)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxOutstandingR2T), MaxOutstandingR2T, $"this target has at most {DataOutProgress.MaxOutstandingR2T} R2Ts outstanding for one task.");
        }

        if (MaxConnections > ConnectionLimit)
        {
            throw new ArgumentOutOfRangeException(nameof(MaxConnections), MaxConnections, $"this target has at most {ConnectionLimit} connections in one session.");
        }

        if (!TaskReporting.Contains(Negotiation.TaskReporting.Rfc3720))
        {
            throw new ArgumentException("TaskReporting must include RFC3720, the default (RFC 7143/13.23).");
        }

        return this;
    }
}
