using System.Text;

namespace Blockwire.Wire;

/// <summary>
/// Writes key=value pairs, each with its NUL, into one growing and bounded text (RFC 7143 §6.1). Used again after <see cref="Clear"/>.
/// </summary>
/// <param name="limitBytes">Longest text, in bytes, NULs included.</param>
public sealed class TextKeyWriter(int limitBytes = TextAssembler.DefaultLimitBytes)
{
    private readonly TextBuffer _buffer = new(limitBytes);

    /// <summary>The text so far. Lent until the next call that changes the writer.</summary>
    public ReadOnlySpan<byte> Written => _buffer.Span;

    /// <summary>The text so far, for sending it in pieces. Lent until the next call that changes the writer.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.Memory;

    /// <summary>Length of the text so far, in bytes.</summary>
    public int LengthBytes => _buffer.Length;

    /// <summary>Appends a pair.</summary>
    /// <param name="key">A key name: a standard-label.</param>
    /// <param name="value">The value; may be empty, holds no NUL.</param>
    /// <returns>False, with nothing written, when the text would exceed its limit.</returns>
    /// <exception cref="ArgumentException">The key name is none, or the value holds a NUL.</exception>
    public bool TryAppend(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!TextKeyName.IsValid(key))
        {
            throw new ArgumentException("a key name is a standard-label of 1 to 63 characters", nameof(key));
        }

        if (value.Contains((byte)0))
        {
            throw new ArgumentException("a value holds no NUL", nameof(value));
        }

        if (value.Length > limitBytes || !_buffer.TryExtend(key.Length + value.Length + 2, out Span<byte> room))
        {
            return false;
        }

        key.CopyTo(room);
        room[key.Length] = (byte)'=';
        value.CopyTo(room[(key.Length + 1)..]);
        room[^1] = 0;
        return true;
    }

    /// <summary>Appends a pair; both are written as UTF-8.</summary>
    /// <inheritdoc cref="TryAppend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TryAppend(string key, string value) => TryAppend(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));

    /// <summary>Forgets the text and keeps its memory.</summary>
    public void Clear() => _buffer.Clear();
}
