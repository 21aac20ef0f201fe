using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>One PDU as it goes over a link, and where a bit that is wrong would show.</summary>
internal readonly record struct Frame(byte[] Bytes, int HeaderLength, bool HasHeaderDigest, int DataOffset, int DataLength, bool HasDataDigest)
{
    public static Frame Build(ReadOnlySpan<byte> bhs, ReadOnlySpan<byte> data, bool headerDigest, bool dataDigest)
    {
        Span<byte> header = stackalloc byte[Bhs.Length];
        bhs.CopyTo(header);
        Bhs.SetLengths(header, 0, data.Length);
        FrameLayout layout = FrameLayout.Measure(header, headerDigest, dataDigest);
        byte[] bytes = new byte[layout.TotalLength];
        header.CopyTo(bytes);
        data.CopyTo(bytes.AsSpan(layout.DataOffset));
        if (layout.HasHeaderDigest)
        {
            Digest.Write(bytes.AsSpan(layout.HeaderDigestOffset), layout.Header(bytes));
        }

        if (layout.HasDataDigest)
        {
            Digest.Write(bytes.AsSpan(layout.DataDigestOffset), layout.PaddedData(bytes));
        }

        return Of(bytes, layout);
    }

    /// <summary>A frame that has its digests already.</summary>
    public static Frame Of(byte[] bytes, in FrameLayout layout) =>
        new(bytes, Bhs.Length + layout.AhsLength, layout.HasHeaderDigest, layout.DataOffset, layout.DataLength, layout.HasDataDigest);
}
