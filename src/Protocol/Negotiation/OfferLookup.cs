using System.Collections.Immutable;
using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>Finds our side of a key in the offers of a target or an initiator: one of the two places that tie a key name to a property.</summary>
internal static class OfferLookup
{
    private static readonly ImmutableArray<string> OnlyNone = [KeyConstant.None];
    private static readonly ImmutableArray<string> Crc32COrNone = ["CRC32C", KeyConstant.None];
    private static readonly ImmutableArray<string> NoneOrCrc32C = [KeyConstant.None, "CRC32C"];
    private static readonly ImmutableArray<string> OnlyCrc32C = ["CRC32C"];

    /// <summary>Our number for a numeric key, or null when we have none.</summary>
    public static int? Number(IOffers offers, string key) => key switch
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
    public static bool? Boolean(IOffers offers, string key) => key switch
    {
        KeyName.InitialR2T => offers.InitialR2T,
        KeyName.ImmediateData => offers.ImmediateData,
        KeyName.DataPDUInOrder => offers.DataPDUInOrder,
        KeyName.DataSequenceInOrder => offers.DataSequenceInOrder,
        _ => null,
    };

    /// <summary>The values we accept for a list key, best liked first; empty when we have none.</summary>
    public static ImmutableArray<string> List(IOffers offers, string key) => key switch
    {
        KeyName.HeaderDigest => Digests(offers.HeaderDigest),
        KeyName.DataDigest => Digests(offers.DataDigest),
        KeyName.TaskReporting => [.. offers.TaskReporting.Select(TaskReportingName.Of)],
        _ => [],
    };

    /// <summary>Checks every number against the range of its row in <see cref="KeyTable"/>, and the one rule that ties two of them together.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside what the RFC admits for its key.</exception>
    /// <exception cref="ArgumentException">FirstBurstLength exceeds MaxBurstLength (§13.14).</exception>
    public static void CheckRanges(IOffers offers)
    {
        foreach (KeyRow row in KeyTable.Rows)
        {
            if (row.Range is { } range && Number(offers, row.Name) is { } number && (number < 0 || !range.Holds((ulong)number)))
            {
                throw new ArgumentOutOfRangeException(row.Name, number, $"RFC {row.Section} admits {range}.");
            }
        }

        if (offers.FirstBurstLength > offers.MaxBurstLength)
        {
            throw new ArgumentException($"FirstBurstLength {offers.FirstBurstLength} exceeds MaxBurstLength {offers.MaxBurstLength} (RFC 7143/13.14).");
        }
    }

    private static ImmutableArray<string> Digests(DigestPolicy policy) => policy switch
    {
        DigestPolicy.Require => OnlyCrc32C,
        DigestPolicy.Prefer => Crc32COrNone,
        DigestPolicy.Accept => NoneOrCrc32C,
        _ => OnlyNone,
    };
}
