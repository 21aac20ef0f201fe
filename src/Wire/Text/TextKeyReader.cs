namespace Blockwire.Wire;

/// <summary>
/// Walks the key=value pairs of a whole text (RFC 7143 §6.1): a data segment, or several put together by <see cref="TextAssembler"/>. Lends
/// spans of the text; allocates nothing.
/// </summary>
/// <param name="text">The text: every pair followed by one NUL.</param>
/// <remarks>
/// Checked are the NUL, the "=" and the key name. Values may hold any byte but NUL; how long a value may be depends on its key
/// (<see cref="MaxSimpleValueLength"/> "if not otherwise specified"), so the limit is the caller's.
/// </remarks>
public ref struct TextKeyReader(ReadOnlySpan<byte> text)
{
    /// <summary>Longest key name, in bytes (§6.1, standard-label).</summary>
    public const int MaxKeyLength = 63;

    /// <summary>Longest simple value, in bytes, of a key that says nothing else (§6.1).</summary>
    public const int MaxSimpleValueLength = 255;

    private ReadOnlySpan<byte> _rest = text;
    private ReadOnlySpan<byte> _key;
    private ReadOnlySpan<byte> _value;

    /// <summary>Name of the current key: 1 to 63 bytes of ASCII.</summary>
    public readonly ReadOnlySpan<byte> Key => _key;

    /// <summary>Value of the current key, without the NUL; UTF-8 if the sender keeps to it. May be empty.</summary>
    public readonly ReadOnlySpan<byte> Value => _value;

    /// <summary>Not Ok when <see cref="MoveNext"/> stopped because what is left is no pair.</summary>
    public PduCheck Check { get; private set; } = PduCheck.Ok;

    /// <summary>Goes to the next pair; false at the end and at a malformed one, which <see cref="Check"/> tells apart.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty || !Check.IsOk)
        {
            return false;
        }

        int end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            return Malformed("7143/6.1 a NUL follows every pair");
        }

        ReadOnlySpan<byte> pair = _rest[..end];
        int equals = pair.IndexOf((byte)'=');
        if (equals < 0)
        {
            return Malformed("7143/6.1 a pair has an equal sign");
        }

        if (!TextKeyName.IsValid(pair[..equals]))
        {
            return Malformed("7143/6.1 a key name is a standard-label of 1 to 63 characters");
        }

        _key = pair[..equals];
        _value = pair[(equals + 1)..];
        _rest = _rest[(end + 1)..];
        return true;
    }

    private bool Malformed(string rule)
    {
        Check = PduCheck.ProtocolError(rule);
        _rest = default;
        _key = default;
        _value = default;
        return false;
    }
}
