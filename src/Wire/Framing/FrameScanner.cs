namespace Blockwire.Wire;

/// <summary>Is there a whole PDU at the front of what was received?</summary>
public enum FrameState
{
    /// <summary>Not yet: more bytes are needed.</summary>
    NeedMore,

    /// <summary>Yes.</summary>
    Complete,

    /// <summary>There never will be: its lengths are beyond the limits.</summary>
    Refused,

    /// <summary>There never will be: its header digest is wrong, so that its lengths say nothing (RFC 7143 §7.8). Found only where they are beyond the limits.</summary>
    HeaderSpoilt,
}

/// <summary>What <see cref="FrameScanner.Scan"/> found.</summary>
/// <param name="State">Is there a whole PDU?</param>
/// <param name="Layout">Where its parts lie; all zero until the BHS is there, and when refused.</param>
/// <param name="MissingBytes">How many bytes more are known to be needed; 0 unless more are needed.</param>
/// <param name="Check">Why it is refused; else Ok.</param>
public readonly record struct FrameProgress(FrameState State, FrameLayout Layout, int MissingBytes, PduCheck Check);

/// <summary>Finds PDUs in a stream of bytes (RFC 7143 §11.2). Keeps nothing, allocates nothing.</summary>
public static class FrameScanner
{
    /// <summary>Looks at the front of what was received, and never past its end.</summary>
    /// <param name="received">Bytes from the first byte of a PDU on: part of it, all of it, or more.</param>
    /// <param name="headerDigest">Is HeaderDigest=CRC32C in force?</param>
    /// <param name="dataDigest">Is DataDigest=CRC32C in force?</param>
    /// <param name="limits">What is refused as soon as the BHS is there.</param>
    public static FrameProgress Scan(ReadOnlySpan<byte> received, bool headerDigest, bool dataDigest, FrameLimits limits)
    {
        if (received.Length < Bhs.Length)
        {
            return new(FrameState.NeedMore, default, Bhs.Length - received.Length, PduCheck.Ok);
        }

        PduCheck check = limits.Check(received);
        FrameLayout layout = FrameLayout.Measure(received, headerDigest, dataDigest);
        if (!check.IsOk)
        {
            return Judge(received, layout, check);
        }

        int missing = layout.TotalLength - received.Length;
        return missing > 0
            ? new(FrameState.NeedMore, layout, missing, PduCheck.Ok)
            : new(FrameState.Complete, layout, 0, PduCheck.Ok);
    }

    // Lengths that cannot be: the peer's fault, or that of the way, which the header digest tells.
    private static FrameProgress Judge(ReadOnlySpan<byte> received, in FrameLayout layout, PduCheck check) =>
        !layout.HasHeaderDigest ? new(FrameState.Refused, default, 0, check)
        : received.Length < layout.DataOffset ? new(FrameState.NeedMore, default, layout.DataOffset - received.Length, PduCheck.Ok)
        : layout.CheckHeaderDigest(received) ? new(FrameState.Refused, default, 0, check)
        : new(FrameState.HeaderSpoilt, default, 0, check);
}
