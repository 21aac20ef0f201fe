using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Blockwire.Protocol.Naming;

/// <summary>
/// A checked and normalised iSCSI name (RFC 7143 §4.2.7, RFC 3722): lower case, no forbidden character, at most 223 bytes of UTF-8, one of
/// the types iqn., eui. and naa. Two names are the same node exactly when they are equal.
/// </summary>
public readonly record struct IscsiName
{
    /// <summary>Most bytes of UTF-8 in a name (RFC 7143 §4.2.7.2).</summary>
    public const int MaxBytes = 223;

    private readonly string? _text;

    private IscsiName(string text) => _text = text;

    /// <summary>The normalised name.</summary>
    public string Text => _text ?? "";

    /// <summary>Reads a name from configuration, where every rule of its type holds.</summary>
    /// <param name="text">Name as written; upper case is mapped to lower case.</param>
    /// <param name="name">The normalised name.</param>
    /// <param name="why">What is wrong with it, or null.</param>
    public static bool TryParse(string text, out IscsiName name, [NotNullWhen(false)] out string? why) => Read(text, IscsiNameRules.Check, out name, out why);

    /// <summary>
    /// Reads a name from a peer. Only what keeps names comparable and harmless is asked: type, characters and length. Hosts exist whose
    /// names hold an underscore or a date of their own making, and no one is served by turning them away.
    /// </summary>
    /// <param name="text">Name as received; upper case is mapped to lower case.</param>
    /// <param name="name">The normalised name.</param>
    /// <param name="why">What is wrong with it, or null.</param>
    public static bool TryReceive(string text, out IscsiName name, [NotNullWhen(false)] out string? why) => Read(text, IscsiNameRules.CheckReceived, out name, out why);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool Read(string text, Func<string, string?> check, out IscsiName name, [NotNullWhen(false)] out string? why)
    {
        // Cheap bound before any work on a hostile text.
        if (text.Length > MaxBytes)
        {
            (name, why) = (default, $"longer than {MaxBytes} bytes");
            return false;
        }

        string folded = Fold(text);
        why = check(folded);
        name = why is null ? new(folded) : default;
        return why is null;
    }

    private static string Fold(string text)
    {
        StringBuilder folded = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            folded.Append(Rune.ToLowerInvariant(rune));
        }

        return folded.ToString();
    }
}
