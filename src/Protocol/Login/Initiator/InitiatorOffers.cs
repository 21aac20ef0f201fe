using System.Collections.Immutable;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Login;

/// <summary>What an initiator proposes and declares in a login (RFC 7143 §13). The target's half of each result function decides what comes of it.</summary>
public sealed record InitiatorOffers : IOffers
{
    /// <summary>Most connections the session may have.</summary>
    public int MaxConnections { get; init; } = 1;

    /// <summary>True: no Data-Out before an R2T. False: the target decides.</summary>
    public bool InitialR2T { get; init; }

    /// <summary>True: data may travel in the command PDU if the target agrees.</summary>
    public bool ImmediateData { get; init; } = true;

    /// <summary>Bytes of data segment we declare to take.</summary>
    public int MaxRecvDataSegmentLength { get; init; } = 262144;

    /// <summary>Most bytes in one sequence.</summary>
    public int MaxBurstLength { get; init; } = 1 << 20;

    /// <summary>Most unsolicited bytes of one command.</summary>
    public int FirstBurstLength { get; init; } = 262144;

    /// <summary>Least seconds before recovery; the larger of the two sides' holds.</summary>
    public int DefaultTime2Wait { get; init; }

    /// <summary>Most seconds, after the wait, for which tasks of a lost connection are kept; the smaller of the two sides' holds.</summary>
    public int DefaultTime2Retain { get; init; } = 20;

    /// <summary>Most R2Ts outstanding for one task.</summary>
    public int MaxOutstandingR2T { get; init; } = 16;

    /// <summary>True: data PDUs of a sequence at rising offsets. False: the target decides.</summary>
    public bool DataPDUInOrder { get; init; } = true;

    /// <summary>True: sequences at rising offsets. False: the target decides.</summary>
    public bool DataSequenceInOrder { get; init; } = true;

    /// <summary>Highest recovery level wanted: 0, 1 or 2. A discovery session proposes 0 whatever stands here (§7.4.1).</summary>
    public int ErrorRecoveryLevel { get; init; } = 2;

    /// <summary>Highest iSCSIProtocolLevel wanted. 2: with what RFC 7144 adds; below, the key is not sent, as targets exist that do not know it.</summary>
    public int ProtocolLevel { get; init; } = 2;

    /// <summary>Policy for HeaderDigest: None alone, None before CRC32C, CRC32C before None, or CRC32C alone.</summary>
    public DigestPolicy HeaderDigest { get; init; } = DigestPolicy.Accept;

    /// <summary>Policy for DataDigest.</summary>
    public DigestPolicy DataDigest { get; init; } = DigestPolicy.Accept;

    /// <summary>
    /// Task reporting semantics, best liked first. FastAbort is not among them unless asked for: it obliges the initiator to answer every Async Message with
    /// event 5 (§4.2.3.4). RFC3720 alone is not sent, as it holds anyway.
    /// </summary>
    public ImmutableArray<TaskReporting> TaskReporting { get; init; } =
        [Negotiation.TaskReporting.ResponseFence, Negotiation.TaskReporting.Rfc3720];

    /// <summary>Checks every number against the range of its key.</summary>
    /// <returns>These offers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside what the RFC admits for its key.</exception>
    /// <exception cref="ArgumentException">FirstBurstLength exceeds MaxBurstLength (§13.14), or TaskReporting is empty.</exception>
    public InitiatorOffers Validated()
    {
        OfferLookup.CheckRanges(this);
        return TaskReporting.IsDefaultOrEmpty ? throw new ArgumentException("TaskReporting must name at least one semantics (RFC 7143/13.23).") : this;
    }
}
