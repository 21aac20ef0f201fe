using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>What a PDU alone shows: its form, its reserved bits, its digests.</summary>
internal static class FormRules
{
    public static void Check(TracedPdu pdu)
    {
        CheckDigests(pdu);
        if (pdu.HeaderDigest == DigestState.Wrong)
        {
            return; // what such a header says was not said (RFC 7143 §7.8)
        }

        ReadOnlySpan<byte> bhs = pdu.BasicHeader;
        PduCheck check = PduParse.Check(bhs);
        if (!check.IsOk)
        {
            pdu.Flag(Problem.From(check));
        }

        PduLayout? layout = PduLayout.Of(pdu.Opcode);
        if (layout is null)
        {
            return;
        }

        if (Bhs.IsFromInitiator(pdu.Opcode) != pdu.FromInitiator)
        {
            pdu.Flag("7143/11.2.1.2", $"a {layout.Name} is not for {(pdu.FromInitiator ? "an initiator" : "a target")} to send");
        }

        CheckReserved(pdu, layout, bhs);
        CheckAhs(pdu);
        CheckData(pdu);
    }

    private static void CheckDigests(TracedPdu pdu)
    {
        if (pdu.HeaderDigest == DigestState.Wrong)
        {
            pdu.Flag("7143/7.8", "the header digest is wrong");
        }

        if (pdu.DataDigest == DigestState.Wrong)
        {
            pdu.Flag("7143/7.8", "the data digest is wrong");
        }
    }

    // Any compliant sender sets to 0 what is reserved (RFC 7143 §11).
    private static void CheckReserved(TracedPdu pdu, PduLayout layout, ReadOnlySpan<byte> bhs)
    {
        int first = -1;
        for (int at = 0; at < Bhs.Length && first < 0; at++)
        {
            first = (bhs[at] & layout.ReservedBits[at]) != 0 ? at : -1;
        }

        if (first >= 0)
        {
            pdu.Flag("7143/11", $"reserved bits are set: byte {first}, 0x{bhs[first] & layout.ReservedBits[first]:x2}");
        }

        foreach (FieldRow row in layout.Rows)
        {
            ulong value = row.Read(bhs);
            if (!row.IsPresent(bhs) && !row.IsReservedValue(value))
            {
                pdu.Flag(row.Rule, $"{row.Name} is reserved here and is {row.Format(value)}");
            }
            else if (row.IsFixedOne && value == 0)
            {
                pdu.Flag($"7143/{layout.Section}", $"the {row.Name} bit is 0");
            }
        }
    }

    private static void CheckAhs(TracedPdu pdu)
    {
        if (pdu.Opcode == Opcode.ScsiCommand && !pdu.Ahs.IsEmpty)
        {
            Span<byte> cdb = stackalloc byte[AhsReader.MaxCdbLength];
            PduCheck check = AhsReader.ReadCommand(pdu.Ahs, Cdb16.From(new ScsiCommandView(pdu.BasicHeader).Cdb), cdb, out _, out _);
            if (!check.IsOk)
            {
                pdu.Flag(Problem.From(check));
            }
        }
    }

    private static void CheckData(TracedPdu pdu)
    {
        if (pdu.Padding.IndexOfAnyExcept((byte)0) >= 0)
        {
            pdu.Flag("7143/11.1", "padding should be 0");
        }

        switch (pdu.Opcode)
        {
            case Opcode.AsyncMessage when pdu.Header.InitiatorTaskTag != Bhs.ReservedTag:
                pdu.Flag("7143/11.9", "the Initiator Task Tag field is not 0xffffffff");
                break;
            case Opcode.Reject when pdu.Header.InitiatorTaskTag != Bhs.ReservedTag:
                pdu.Flag("7143/11.17", "the Initiator Task Tag field is not 0xffffffff");
                break;
            case Opcode.Reject when pdu.Data.Length < Bhs.Length:
                pdu.Flag("7143/11.17.4", "the header of the rejected PDU is missing");
                break;
            case Opcode.ScsiResponse when pdu.Data.Length >= 2 && ((pdu.Data[0] << 8) | pdu.Data[1]) > pdu.Data.Length - 2:
                pdu.Flag("7143/11.4.7.1", "SenseLength goes beyond the data segment");
                break;
        }
    }
}
