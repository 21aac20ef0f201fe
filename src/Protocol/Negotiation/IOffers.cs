using System.Collections.Immutable;

namespace Blockwire.Protocol.Negotiation;

/// <summary>One side's part of every result function, whichever side it is.</summary>
internal interface IOffers
{
    int MaxConnections { get; }

    bool InitialR2T { get; }

    bool ImmediateData { get; }

    int MaxRecvDataSegmentLength { get; }

    int MaxBurstLength { get; }

    int FirstBurstLength { get; }

    int DefaultTime2Wait { get; }

    int DefaultTime2Retain { get; }

    int MaxOutstandingR2T { get; }

    bool DataPDUInOrder { get; }

    bool DataSequenceInOrder { get; }

    int ErrorRecoveryLevel { get; }

    int ProtocolLevel { get; }

    DigestPolicy HeaderDigest { get; }

    DigestPolicy DataDigest { get; }

    ImmutableArray<TaskReporting> TaskReporting { get; }
}
