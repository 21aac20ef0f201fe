using System.Globalization;
using System.Text;
using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;

namespace Blockwire.Trace.Output;

/// <summary>PDUs as text for people.</summary>
public static class PduLines
{
    private const int NameColumns = 34;

    /// <summary>One line: number, time, from where to where, name, facts, and the rules that are broken.</summary>
    public static string Brief(TracedPdu pdu)
    {
        StringBuilder line = new(Head(pdu));
        foreach (Problem problem in pdu.Problems)
        {
            line.Append(CultureInfo.InvariantCulture, $"  ! RFC {Rule(problem)} {PrintableText.Of(problem.Text)}");
        }

        return line.Append('\n').ToString();
    }

    /// <summary>The line, every field indented below it, and a line with "!" for each broken rule.</summary>
    public static string Full(TracedPdu pdu)
    {
        StringBuilder text = new(Head(pdu));
        text.Append('\n');
        foreach (PduField field in PduFields.Of(pdu))
        {
            string at = field.Offset is { } offset ? $"{offset,5}" : "     ";
            text.Append(CultureInfo.InvariantCulture, $"  {at}  {field.Name.PadRight(NameColumns)} {field.Value}{(field.Words is null ? "" : $"  ({field.Words})")}\n");
        }

        foreach (Problem problem in pdu.Problems)
        {
            text.Append(CultureInfo.InvariantCulture, $"    !  RFC {Rule(problem)} {PrintableText.Of(problem.Text)}\n");
        }

        if (pdu.MissingBytes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"       {pdu.MissingBytes} bytes of it are missing in the capture and shown as 0\n");
        }

        return text.ToString();
    }

    /// <summary>A note about the capture.</summary>
    public static string Note(TracedConnection? connection, Moment moment, string text) =>
        $"-- {Time(moment)}{(connection is { Number: > 0 } ? $"connection {connection.Number}: " : "")}{text}\n";

    /// <summary>"2026-11-22T13:58:46.915595300Z", or null when the time is not known.</summary>
    public static string? Iso(Moment moment)
    {
        if (moment.Nanoseconds is not { } nanoseconds)
        {
            return null;
        }

        DateTimeOffset second = DateTimeOffset.UnixEpoch.AddSeconds(nanoseconds / 1_000_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-dd'T'HH:mm:ss}.{nanoseconds % 1_000_000_000:D9}Z");
    }

    // "7143/11.8.4" reads "7143 §11.8.4".
    private static string Rule(Problem problem) => problem.Rule.Replace("/", " §", StringComparison.Ordinal);

    private static string Time(Moment moment) => Iso(moment) is { } time ? $"{time} " : "";

    private static string Head(TracedPdu pdu)
    {
        (string from, string to) = pdu.FromInitiator ? (pdu.Connection.Initiator, pdu.Connection.Target) : (pdu.Connection.Target, pdu.Connection.Initiator);
        string way = from.Length > 0 ? $"{from} -> {to}" : pdu.FromInitiator ? "initiator -> target" : "target -> initiator";
        return $"#{pdu.Number} {Time(pdu.Moment)}{way}  {PduLayout.NameOf(pdu.Opcode)}  {PduSummary.Of(pdu)}".TrimEnd();
    }
}
