using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;

namespace Blockwire.Trace.Output;

/// <summary>PDUs as JSON for programs: an object on a line each. docs/DECODE.md has the names, which stay.</summary>
public static class PduJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The object, with a newline.</summary>
    public static string Line(TracedPdu pdu)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, Options))
        {
            json.WriteStartObject();
            WriteHead(json, pdu);
            json.WriteStartArray("fields");
            foreach (PduField field in PduFields.Of(pdu))
            {
                if (field.Offset is not null)
                {
                    WriteField(json, field);
                }
            }

            json.WriteEndArray();
            WriteKeys(json, pdu);
            json.WriteStartArray("problems");
            foreach (Problem problem in pdu.Problems)
            {
                json.WriteStartObject();
                json.WriteString("rule", problem.Rule);
                json.WriteString("text", problem.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
    }

    private static void WriteHead(Utf8JsonWriter json, TracedPdu pdu)
    {
        (string from, string to) = pdu.FromInitiator ? (pdu.Connection.Initiator, pdu.Connection.Target) : (pdu.Connection.Target, pdu.Connection.Initiator);
        json.WriteNumber("number", pdu.Number);
        if (pdu.Moment.Packet > 0)
        {
            json.WriteNumber("packet", pdu.Moment.Packet);
        }

        if (PduLines.Iso(pdu.Moment) is { } time)
        {
            json.WriteString("time", time);
        }

        json.WriteNumber("connection", pdu.Connection.Number);
        json.WriteString("from", pdu.FromInitiator ? "initiator" : "target");
        if (from.Length > 0)
        {
            json.WriteString("source", from);
            json.WriteString("destination", to);
        }

        json.WriteString("pdu", PduLayout.NameOf(pdu.Opcode));
        json.WriteNumber("opcode", (byte)pdu.Opcode);
        json.WriteString("summary", PduSummary.Of(pdu));
        json.WriteNumber("length", pdu.Bytes.Length);
        if (pdu.MissingBytes > 0)
        {
            json.WriteNumber("missingBytes", pdu.MissingBytes);
        }
    }

    private static void WriteField(Utf8JsonWriter json, in PduField field)
    {
        json.WriteStartObject();
        json.WriteString("name", field.Name);
        json.WriteNumber("offset", field.Offset!.Value);
        json.WriteNumber("length", field.Length);
        if (field.Number is { } number)
        {
            json.WriteNumber("value", number);
        }
        else
        {
            json.WriteString("value", field.Value);
        }

        if (field.Words is not null)
        {
            json.WriteString("words", field.Words);
        }

        json.WriteEndObject();
    }

    private static void WriteKeys(Utf8JsonWriter json, TracedPdu pdu)
    {
        if (!PduFields.HasText(pdu.Opcode))
        {
            return;
        }

        json.WriteStartArray("keys");
        foreach ((string key, string value) in PduFields.Keys(pdu.Data))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
