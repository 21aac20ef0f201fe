namespace Blockwire.Trace.Reading;

/// <summary>A stream whose first bytes can be looked at before they are read, and that knows where it is.</summary>
internal sealed class ByteSource(Stream stream)
{
    private const int BufferBytes = 64 << 10;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>The next bytes without reading them: up to <paramref name="count"/> and 64 KiB, fewer at the end of the stream.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        count = Math.Min(count, BufferBytes);
        if (_end - _start < count && _start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < count)
        {
            int read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                break;
            }

            _end += read;
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>Fills <paramref name="into"/> as far as the stream goes and returns how far.</summary>
    public int Read(Span<byte> into)
    {
        int have = Math.Min(into.Length, _end - _start);
        _buffer.AsSpan(_start, have).CopyTo(into);
        _start += have;
        while (have < into.Length)
        {
            int read = stream.Read(into[have..]);
            if (read == 0)
            {
                break;
            }

            have += read;
        }

        Position += have;
        return have;
    }

    /// <summary>Passes over bytes; false when the stream ends before.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            if (_start == _end && Peek(1).IsEmpty)
            {
                return false;
            }

            int step = (int)Math.Min(count, _end - _start);
            _start += step;
            Position += step;
            count -= step;
        }

        return true;
    }
}
