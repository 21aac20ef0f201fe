using System.Collections.Immutable;
using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>Finds the target's side of a key in its offers: one of the two places that tie a key name to a property.</summary>
internal static class OfferLookup
{
    private static readonly ImmutableArray<string> OnlyNone = [KeyConstant.None];
    private static readonly ImmutableArray<string> Crc32COrNone = ["CRC32C", KeyConstant.None];
    private static readonly ImmutableArray<string> OnlyCrc32C = ["CRC32C"];

    /// <summary>Our number for a numeric key, or null when we have none.</summary>
    public static int? Number(TargetOffers offers, string key) => key switch
    {
        KeyName.MaxConnections => offers.MaxConnections,
        KeyName.MaxRecvDataSegmentLength => offers.MaxRecvDataSegmentLength,
        KeyName.MaxBurstLength => offers.MaxBurstLength,
        KeyName.FirstBurstLength => offers.FirstBurstLength,
        KeyName.DefaultTime2Wait => offers.DefaultTime2Wait,
        KeyName.DefaultTime2Retain => offers.DefaultTime2Retain,
        KeyName.MaxOutstandingR2T => offers.MaxOutstandingR2T,
        KeyName.ErrorRecoveryLevel => offers.ErrorRecoveryLevel,
        KeyName.ProtocolLevel => offers.ProtocolLevel,
        _ => null,
    };

    /// <summary>Our preference for a boolean key, or null when we have none.</summary>
    public static bool? Boolean(TargetOffers offers, string key) => key switch
    {
        KeyName.InitialR2T => offers.InitialR2T,
        KeyName.ImmediateData => offers.ImmediateData,
        KeyName.DataPDUInOrder => offers.DataPDUInOrder,
        KeyName.DataSequenceInOrder => offers.DataSequenceInOrder,
        _ => null,
    };

    /// <summary>The values we accept for a list key; empty when we have none.</summary>
    public static ImmutableArray<string> List(TargetOffers offers, string key) => key switch
    {
        KeyName.HeaderDigest => Digests(offers.HeaderDigest),
        KeyName.DataDigest => Digests(offers.DataDigest),
        KeyName.TaskReporting => [.. offers.TaskReporting.Select(TaskReportingName.Of)],
        _ => [],
    };

    private static ImmutableArray<string> Digests(DigestPolicy policy) => policy switch
    {
        DigestPolicy.Require => OnlyCrc32C,
        DigestPolicy.Prefer => Crc32COrNone,
        _ => OnlyNone,
    };
}
