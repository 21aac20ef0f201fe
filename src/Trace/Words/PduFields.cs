using System.Globalization;
using System.Text;
using Blockwire.Scsi;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Words;

/// <summary>Everything that a PDU says, field by field: header, AHSs, data segment, digests.</summary>
public static class PduFields
{
    private const int BytesShown = 32;
    private const int MostKeys = 1000;

    /// <summary>The fields in the order of the bytes.</summary>
    public static IReadOnlyList<PduField> Of(TracedPdu pdu)
    {
        List<PduField> fields = [];
        AddHeader(pdu, fields);
        AddAhs(pdu, fields);
        AddDigest("Header-Digest", pdu.HeaderDigest, pdu.Layout.HeaderDigestOffset, pdu, fields);
        AddData(pdu, fields);
        AddDigest("Data-Digest", pdu.DataDigest, pdu.Layout.DataDigestOffset, pdu, fields);
        return fields;
    }

    /// <summary>The pairs of a data segment that is text, as far as they are pairs. One PDU may hold a part of a pair only.</summary>
    public static IReadOnlyList<(string Key, string Value)> Keys(ReadOnlySpan<byte> text)
    {
        List<(string Key, string Value)> keys = [];
        while (!text.IsEmpty && keys.Count < MostKeys)
        {
            int end = text.IndexOf((byte)0);
            ReadOnlySpan<byte> pair = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            int equals = pair.IndexOf((byte)'=');
            if (!pair.IsEmpty)
            {
                keys.Add(equals < 0 ? (Text(pair), "") : (Text(pair[..equals]), Text(pair[(equals + 1)..])));
            }
        }

        return keys;
    }

    /// <summary>Does its data segment hold key=value pairs?</summary>
    public static bool HasText(Opcode opcode) => opcode is Opcode.LoginRequest or Opcode.LoginResponse or Opcode.TextRequest or Opcode.TextResponse;

    /// <summary>The name of the command in a CDB, with its address and length.</summary>
    public static string CdbWords(ReadOnlySpan<byte> cdb)
    {
        CdbDescription? description = CdbDescription.Find(cdb);
        if (description is null)
        {
            return string.Create(CultureInfo.InvariantCulture, $"operation code 0x{(cdb.IsEmpty ? 0 : cdb[0]):x2}");
        }

        StringBuilder words = new(description.Name);
        foreach (CdbField field in description.Fields)
        {
            ulong value = field.Read(cdb);
            if (value != 0 || field.Length > 1)
            {
                words.Append(CultureInfo.InvariantCulture, $", {field.Name} {value}");
            }
        }

        return words.ToString();
    }

    /// <summary>Sense data in words.</summary>
    public static string SenseWords(in SenseData sense)
    {
        StringBuilder words = new();
        words.Append(CultureInfo.InvariantCulture, $"{SenseText.Of(sense.Key)}, {SenseText.OfCode(sense.Asc, sense.Ascq)} ({sense.Asc:X2}h/{sense.Ascq:X2}h)");
        if (sense.Information is { } information)
        {
            words.Append(CultureInfo.InvariantCulture, $", INFORMATION {information}");
        }

        if (sense.HasFieldPointer)
        {
            words.Append(CultureInfo.InvariantCulture, $", byte {sense.FieldByte}{(sense.FieldBit is { } bit ? $" bit {bit}" : "")} of the {(sense.FieldPointerIsInCdb ? "CDB" : "parameter list")}");
        }

        if (sense.HasProgress)
        {
            words.Append(CultureInfo.InvariantCulture, $", progress {sense.Progress / 655.36:F1} %");
        }

        return words.Append(sense.Deferred ? ", deferred" : "").ToString();
    }

    /// <summary>The CDB of a SCSI Command, its AHS included.</summary>
    public static byte[] Cdb(TracedPdu pdu)
    {
        Span<byte> cdb = stackalloc byte[AhsReader.MaxCdbLength];
        PduCheck check = AhsReader.ReadCommand(pdu.Ahs, Cdb16.From(new ScsiCommandView(pdu.BasicHeader).Cdb), cdb, out int length, out _);
        return cdb[..(check.IsOk ? length : Cdb16.Length)].ToArray();
    }

    /// <summary>The sense data of a SCSI Response, or null.</summary>
    public static SenseData? Sense(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2)
        {
            return null;
        }

        int length = (data[0] << 8) | data[1];
        return SenseData.Parse(data[2..Math.Min(data.Length, 2 + length)]);
    }

    private static void AddHeader(TracedPdu pdu, List<PduField> fields)
    {
        ReadOnlySpan<byte> bhs = pdu.BasicHeader;
        PduLayout? layout = PduLayout.Of(pdu.Opcode);
        fields.Add(new("Opcode", 0, 1, $"0x{(byte)pdu.Opcode:x2}", layout?.Name ?? "not defined") { Number = (byte)pdu.Opcode });
        if (layout is null)
        {
            fields.Add(new("TotalAHSLength", 4, 1, (pdu.Header.TotalAhsLengthBytes / 4).ToString(CultureInfo.InvariantCulture)));
            fields.Add(new("DataSegmentLength", 5, 3, pdu.Header.DataSegmentLength.ToString(CultureInfo.InvariantCulture)));
            fields.Add(new("Initiator Task Tag", 16, 4, $"0x{pdu.Header.InitiatorTaskTag:x8}"));
            return;
        }

        foreach (FieldRow row in layout.Rows)
        {
            ulong value = row.Read(bhs);
            if (row.Name.StartsWith("CDB", StringComparison.Ordinal))
            {
                continue;
            }

            if (row.IsPresent(bhs))
            {
                fields.Add(Field(row, value, row.Words?.Invoke(value)));
            }
            else if (!row.IsReservedValue(value))
            {
                fields.Add(Field(row, value, "reserved here"));
            }
        }

        for (int at = 0; at < Bhs.Length; at++)
        {
            if ((bhs[at] & layout.ReservedBits[at]) is not 0 and var bits)
            {
                fields.Add(new("Reserved", at, 1, $"0x{bits:x2}", "not 0"));
            }
        }

        if (pdu.Opcode == Opcode.ScsiCommand)
        {
            byte[] cdb = Cdb(pdu);
            fields.Add(new("CDB", 32, cdb.Length, Convert.ToHexStringLower(cdb), CdbWords(cdb)));
            if (CdbDescription.Find(cdb) is { } description)
            {
                fields.AddRange(description.Fields.Select(field =>
                    new PduField($"CDB {field.Name}", 32 + field.Offset, field.Length, field.Read(cdb).ToString(CultureInfo.InvariantCulture)) { Number = field.Read(cdb) }));
            }
        }
    }

    private static PduField Field(FieldRow row, ulong value, string? words) =>
        new(row.Name, row.Offset, row.Length, row.Format(value), words) { Number = row.Form == FieldForm.Lun ? null : value };

    private static void AddAhs(TracedPdu pdu, List<PduField> fields)
    {
        AhsReader reader = new(pdu.Ahs);
        int at = Bhs.Length;
        while (reader.MoveNext())
        {
            string words = reader.Type switch
            {
                AhsType.ExtendedCdb => "Extended CDB",
                AhsType.BidirectionalReadExpectedDataTransferLength => "Bidirectional Read Expected Data Transfer Length",
                _ => "reserved type",
            };
            fields.Add(new("AHSType", at + 2, 1, ((byte)reader.Type).ToString(CultureInfo.InvariantCulture), words));
            fields.Add(new("AHS", at + 3, reader.Content.Length, Convert.ToHexStringLower(reader.Content)));
            at += FrameLayout.Pad(3 + reader.Content.Length);
        }

        if (!reader.Check.IsOk)
        {
            fields.Add(new("AHS", at, pdu.Ahs.Length - (at - Bhs.Length), Shown(pdu.Ahs[(at - Bhs.Length)..]), "malformed"));
        }
    }

    private static void AddData(TracedPdu pdu, List<PduField> fields)
    {
        ReadOnlySpan<byte> data = pdu.Data;
        int at = pdu.Layout.DataOffset;
        if (data.IsEmpty)
        {
            return;
        }

        if (HasText(pdu.Opcode))
        {
            fields.AddRange(Keys(data).Select(static key => new PduField(key.Key, null, 0, key.Value)));
            return;
        }

        if (pdu.Opcode == Opcode.ScsiResponse || (pdu.Opcode == Opcode.AsyncMessage && new AsyncMessageView(pdu.BasicHeader).Event == AsyncEvent.ScsiEvent))
        {
            fields.Add(new("SenseLength", at, 2, (data.Length < 2 ? 0 : (data[0] << 8) | data[1]).ToString(CultureInfo.InvariantCulture)));
            fields.Add(new("Sense Data", at + 2, Math.Max(0, data.Length - 2), Shown(data.Length < 2 ? default : data[2..]), Sense(data) is { } sense ? SenseWords(sense) : "not understood"));
            return;
        }

        string? words = pdu.Opcode == Opcode.Reject && data.Length >= Bhs.Length ? $"header of a {PduLayout.NameOf(new BhsView(data).Opcode)}, Initiator Task Tag 0x{new BhsView(data).InitiatorTaskTag:x8}" : null;
        fields.Add(new("Data", at, data.Length, Shown(data), words));
        if (pdu.Padding.IndexOfAnyExcept((byte)0) >= 0)
        {
            fields.Add(new("Padding", at + data.Length, pdu.Padding.Length, Convert.ToHexStringLower(pdu.Padding), "not 0"));
        }
    }

    private static void AddDigest(string name, DigestState state, int at, TracedPdu pdu, List<PduField> fields)
    {
        if (state != DigestState.Absent)
        {
            string words = state switch { DigestState.Right => "right", DigestState.Wrong => "WRONG", _ => "not checked: bytes are missing" };
            fields.Add(new(name, at, Digest.Length, Convert.ToHexStringLower(pdu.Bytes.Slice(at, Digest.Length)), words));
        }
    }

    private static string Shown(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= BytesShown ? Convert.ToHexStringLower(bytes) : $"{Convert.ToHexStringLower(bytes[..BytesShown])}...";

    private static string Text(ReadOnlySpan<byte> utf8) => PrintableText.Of(Encoding.UTF8.GetString(utf8));
}
