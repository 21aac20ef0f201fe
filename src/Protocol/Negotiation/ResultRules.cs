using System.Collections.Immutable;
using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>The result functions of RFC 7143 §13, for who answers and for who checks the answer.</summary>
internal static class ResultRules
{
    /// <summary>What the side with these offers answers to a legal proposal.</summary>
    public static string Select(KeyRow row, string proposal, IOffers offers) => row.Function switch
    {
        ResultFunction.And => Word(proposal == KeyConstant.Yes && OfferLookup.Boolean(offers, row.Name) is true),
        ResultFunction.Or => Word(proposal == KeyConstant.Yes || OfferLookup.Boolean(offers, row.Name) is true),
        ResultFunction.FirstSupported => FirstSupported(proposal, OfferLookup.List(offers, row.Name)),
        _ => $"{SelectNumber(row, proposal, offers)}",
    };

    /// <summary>The same for a number, before what other keys ask of it.</summary>
    public static int SelectNumber(KeyRow row, string proposal, IOffers offers)
    {
        _ = NumberValue.TryParse(proposal, out ulong number);
        int proposed = (int)number;
        int ours = OfferLookup.Number(offers, row.Name) ?? proposed;
        return row.Function == ResultFunction.Maximum ? Math.Max(proposed, ours) : Math.Min(proposed, ours);
    }

    /// <summary>May a proposal be answered so? Reject and its like are not looked at (§6.2.1, §6.2.2, §13 "Result function").</summary>
    public static bool IsAdmissible(KeyRow row, string proposal, string answer) => ValueSyntax.IsLegal(row, answer) && row.Function switch
    {
        ResultFunction.And => proposal == KeyConstant.Yes || answer == KeyConstant.No,
        ResultFunction.Or => proposal == KeyConstant.No || answer == KeyConstant.Yes,
        ResultFunction.Minimum => Compare(answer, proposal) <= 0,
        ResultFunction.Maximum => Compare(answer, proposal) >= 0,
        ResultFunction.FirstSupported => proposal.Split(',').Contains(answer),
        _ => answer == proposal,
    };

    /// <summary>The value that holds when the answer is optional and did not come (§6.2.2): the proposal decides by itself. Else null.</summary>
    public static string? WithoutAnswer(KeyRow row, string proposal) => (row.Function, proposal) switch
    {
        (ResultFunction.And, KeyConstant.No) or (ResultFunction.Or, KeyConstant.Yes) => proposal,
        _ => null,
    };

    /// <summary>Yes or No.</summary>
    public static string Word(bool value) => value ? KeyConstant.Yes : KeyConstant.No;

    private static string FirstSupported(string list, ImmutableArray<string> supported) =>
        Array.Find(list.Split(','), supported.Contains) ?? KeyConstant.Reject;

    private static int Compare(string left, string right)
    {
        _ = NumberValue.TryParse(left, out ulong first);
        _ = NumberValue.TryParse(right, out ulong second);
        return first.CompareTo(second);
    }
}
