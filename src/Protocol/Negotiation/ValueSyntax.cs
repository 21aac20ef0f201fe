using System.Buffers;
using System.Text;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;

namespace Blockwire.Protocol.Negotiation;

/// <summary>Checks a value against the form, length and range of its row (RFC 7143 §6.1, §13).</summary>
public static class ValueSyntax
{
    private static readonly SearchValues<char> TextCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+@_/[]:");

    /// <summary>True when <paramref name="value"/> is legal for <paramref name="row"/>.</summary>
    /// <param name="row">The key's row.</param>
    /// <param name="value">Value as received.</param>
    public static bool IsLegal(KeyRow row, string value) =>
        Encoding.UTF8.GetByteCount(value) <= row.MaxValueBytes && row.Form switch
        {
            ValueForm.Boolean => value is KeyConstant.Yes or KeyConstant.No,
            ValueForm.Number => NumberValue.TryParse(value, out ulong number) && (row.Range is not { } range || range.Holds(number)),
            ValueForm.List => value.Length > 0 && value.Split(',').All(IsText),
            ValueForm.Text => IsText(value),
            ValueForm.Name => IscsiName.TryReceive(value, out _, out _),
            ValueForm.LocalName => true,
            ValueForm.Binary => BinaryValue.TryParse(value, out _),
            ValueForm.Address => PortalAddress.TryReadTargetAddress(value, out _, out _),
            _ => false,
        };

    private static bool IsText(string value) => !value.AsSpan().ContainsAnyExcept(TextCharacters);
}
