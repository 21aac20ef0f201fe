using System.Buffers.Binary;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Interop.Tests.Linux.Drops;

/// <summary>Finds the PDUs in the bytes of one direction, checks their digests, and knows after which byte the stream is to be cut.</summary>
/// <param name="onHeader">Told of each header when it is whole; answers after how many bytes of this PDU to cut, or null.</param>
/// <param name="onPdu">Told of each whole PDU that is not cut.</param>
internal sealed class PduTap(Func<RawFrame, int?> onHeader, Action<RawFrame> onPdu)
{
    private byte[] _bytes = new byte[1 << 17];
    private int _length;
    private long _begin; // of the PDU that _bytes begins with, in the stream
    private RawFrame? _header;
    private long? _cutAt;

    /// <summary>PDUs carry both digests from now on.</summary>
    public bool Digests { get; set; }

    /// <summary>Digests that were found and right.</summary>
    public long GoodDigests { get; private set; }

    /// <summary>Takes bytes that came; says how many of them are to be passed on, and whether the connection ends there.</summary>
    /// <exception cref="InvalidDataException">A digest is wrong.</exception>
    public (int Pass, bool Cut) Take(ReadOnlySpan<byte> bytes)
    {
        long arrived = _begin + _length;
        if (_bytes.Length - _length < bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes.Length));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        while (_cutAt is null && TakePdu())
        {
        }

        return _cutAt is { } at && at <= arrived + bytes.Length ? ((int)Math.Max(0, at - arrived), true) : (bytes.Length, false);
    }

    private bool TakePdu()
    {
        int digest = Digests ? 4 : 0;
        ReadOnlySpan<byte> have = _bytes.AsSpan(0, _length);
        if (have.Length < RawFrame.HeaderLength)
        {
            return false;
        }

        RawFrame frame = _header ?? RawFrame.FromHeader(have);
        int covered = RawFrame.HeaderLength + frame.TotalAhsLength;
        int padded = (frame.DataSegmentLength + 3) & ~3;
        int total = covered + digest + padded + (padded > 0 ? digest : 0);
        if (have.Length < covered + digest)
        {
            return false;
        }

        if (_header is null)
        {
            _header = frame;
            Check(frame, have[..(covered + digest)]);
            if (onHeader(frame) is { } after)
            {
                _cutAt = _begin + after;
                return false;
            }
        }

        if (have.Length < total)
        {
            return false;
        }

        frame.Data = have.Slice(covered + digest, frame.DataSegmentLength).ToArray();
        if (padded > 0)
        {
            Check(frame, have[(covered + digest)..total]);
        }

        have[total..].CopyTo(_bytes);
        _length -= total;
        _begin += total;
        _header = null;
        onPdu(frame);
        return true;
    }

    private void Check(RawFrame frame, ReadOnlySpan<byte> withDigest)
    {
        if (!Digests)
        {
            return;
        }

        if (ReferenceCrc32C.Compute(withDigest[..^4]) != BinaryPrimitives.ReadUInt32LittleEndian(withDigest[^4..]))
        {
            throw new InvalidDataException($"wrong digest: {frame}");
        }

        GoodDigests++;
    }
}
