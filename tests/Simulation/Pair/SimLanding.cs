using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>A PDU whose header has come, and where its data segment goes.</summary>
internal sealed class SimLanding(byte[] header, FrameLayout layout, Memory<byte> place, bool inPlace, IDisposable? hold)
{
    private IDisposable? _hold = hold;
    private int _taken;

    public byte[] Header { get; } = header;

    public Memory<byte> Place { get; } = place;

    public bool IsInPlace { get; } = inPlace;

    public bool IsSpoilt { get; private set; }

    /// <summary>Takes what has come. True once all of it is there.</summary>
    public bool Take(ByteQueue received)
    {
        int take = Math.Min(Place.Length - _taken, received.Length);
        received.Span[..take].CopyTo(Place.Span[_taken..]);
        received.Advance(take);
        _taken += take;
        int trailer = layout.TotalLength - layout.DataOffset - layout.DataLength;
        if (_taken < Place.Length || received.Length < trailer)
        {
            return false;
        }

        ReadOnlySpan<byte> tail = received.Span[..trailer];
        IsSpoilt = layout.HasDataDigest && !Digest.Check(tail[^Digest.Length..], Crc32C.Append(Crc32C.Compute(Place.Span), tail[..^Digest.Length]));
        received.Advance(trailer);
        return true;
    }

    public void Drop()
    {
        _hold?.Dispose();
        _hold = null;
    }
}
