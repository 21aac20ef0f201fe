using Blockwire.Testing;
using Blockwire.Trace.Output;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Tests.Words;

/// <summary>The rows of fields and the codec agree, and what is printed is right.</summary>
public sealed class LayoutTests
{
    public static IEnumerable<TheoryDataRow<Opcode>> Opcodes => Enum.GetValues<Opcode>().Select(static it => new TheoryDataRow<Opcode>(it));

    [Theory]
    [MemberData(nameof(Opcodes))]
    public void Every_opcode_has_rows_that_do_not_overlap(Opcode opcode)
    {
        PduLayout layout = PduLayout.Of(opcode)!;
        byte[] covered = new byte[48];
        foreach (FieldRow row in layout.Rows)
        {
            byte[] all = [.. Enumerable.Repeat((byte)0xFF, 48)];
            row.Cover(all);
            for (int i = 0; i < 48; i++)
            {
                Assert.Equal(0, covered[i] & (byte)~all[i]);
                covered[i] |= (byte)~all[i];
            }
        }
    }

    /// <summary>What the codec sends sets no bit that the rows call reserved.</summary>
    [Fact]
    public void Rows_cover_all_that_the_codec_emits()
    {
        byte[] bhs = new byte[48];
        void Check()
        {
            PduLayout layout = PduLayout.Of(new BhsView(bhs).Opcode)!;
            Assert.True(layout.HasNothingReserved(bhs), layout.Name);
            Assert.All(layout.Rows, row => Assert.True(row.IsPresent(bhs) || row.IsReservedValue(row.Read(bhs)), $"{layout.Name} {row.Name}"));
        }

        const uint Tag = 0xFFFFFFFE;
        new ScsiCommand(true, true, true, true, 7, ulong.MaxValue, Tag, uint.MaxValue, Cdb16.From([.. Enumerable.Repeat((byte)0xFF, 16)])) { Priority = 15 }.Emit(bhs);
        Check();
        new ScsiResponse(0, 255, Tag, Tag, new(Tag), (ResidualFlags)0x1E, Tag, Tag) { StatusQualifier = ushort.MaxValue }.Emit(bhs);
        Check();
        foreach (TaskManagementFunction function in Enum.GetValues<TaskManagementFunction>())
        {
            new TaskManagementRequest(true, function, ulong.MaxValue, Tag, Tag, new(Tag), new(Tag)).Emit(bhs);
            Check();
        }

        new TaskManagementResponse((TaskManagementResponseCode)255, Tag) { AdditionalInformation = 0xFFFFFF }.Emit(bhs);
        Check();
        new DataOut(true, ulong.MaxValue, Tag, Tag, new(Tag), Tag).Emit(bhs);
        Check();
        new DataIn(true, true, true, (ResidualFlags)6, 4, ulong.MaxValue, Tag, Tag, new(Tag), Tag, Tag).Emit(bhs);
        Check();
        new ReadyToTransfer(ulong.MaxValue, Tag, Tag, new(Tag), Tag, Tag).Emit(bhs);
        Check();
        foreach (AsyncEvent what in Enum.GetValues<AsyncEvent>())
        {
            new AsyncMessage(ulong.MaxValue, what, 255, 1, 2, 3).Emit(bhs);
            Check();
        }

        new TextRequest(true, true, true, ulong.MaxValue, Tag, Tag).Emit(bhs);
        Check();
        new TextResponse(false, true, ulong.MaxValue, Tag, Tag).Emit(bhs);
        Check();
        new LoginRequest(true, true, (LoginStage)3, (LoginStage)3, 255, 255, 0xFFFFFFFFFFFF, 65535, Tag, 65535).Emit(bhs);
        Check();
        new LoginResponse(true, true, (LoginStage)3, (LoginStage)3, 255, 255, 0xFFFFFFFFFFFF, 65535, Tag, (LoginStatus)65535).Emit(bhs);
        Check();
        new LogoutRequest(true, LogoutReason.CloseConnection, Tag, 65535).Emit(bhs);
        Check();
        new LogoutResponse((LogoutResponseCode)255, Tag, 65535, 65535).Emit(bhs);
        Check();
        foreach (SnackType type in Enum.GetValues<SnackType>())
        {
            new SnackRequest(type, ulong.MaxValue, Tag, Tag, Tag, Tag).Emit(bhs);
            Check();
        }

        new Reject(RejectReason.ProtocolError, new(Tag)).Emit(bhs);
        Check();
        new NopOut(true, ulong.MaxValue, Tag, Tag).Emit(bhs);
        Check();
        new NopIn(ulong.MaxValue, Tag, Tag).Emit(bhs);
        Check();
    }

    [Fact]
    public void A_command_reads_as_it_should()
    {
        Talk talk = Talk.LoggedIn();
        string text = PduLines.Full(talk.Command(0x1A, 4096, 0xC1, change: static it => it.U8(32, 0x28).U32(34, 0x12345).U16(39, 8)));

        Assert.Contains("SCSI Command  ITT 0x1a  CmdSN 100  LUN 0  READ(10), LOGICAL BLOCK ADDRESS 74565, TRANSFER LENGTH 8  EDTL 4096  FR", text, StringComparison.Ordinal);
        Assert.Contains("     1  ATTR                               1  (Simple)\n", text, StringComparison.Ordinal);
        Assert.Contains("    34  CDB LOGICAL BLOCK ADDRESS          74565\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Sense_data_reads_as_it_should()
    {
        Talk talk = Talk.LoggedIn();
        talk.Command(2);
        string text = PduLines.Brief(talk.Response(2, 2, change: static it => it.Data([0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0xCF, 0, 1])));

        Assert.Contains("CHECK CONDITION  ILLEGAL REQUEST, INVALID FIELD IN CDB (24h/00h), byte 1 bit 7 of the CDB", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_peer_wrote_does_not_act_on_the_terminal()
    {
        string text = PduLines.Full(new Talk().Login(0x87, $"{Talk.Keys}InitiatorAlias=\u001b[31mred\u009b\0"));

        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u009b', text);
        Assert.Contains("\\x1b[31mred", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_rules_stand_below_their_PDU_and_in_the_JSON()
    {
        Talk talk = Talk.LoggedIn();
        Blockwire.Trace.Streams.TracedPdu pdu = talk.Request(0x06, 0x80, 9, static it => it.U32(20, 0).U16(20, 3));

        Assert.EndsWith("    !  RFC 7143 §11.14.3 CID is reserved here and is 3\n", PduLines.Full(pdu), StringComparison.Ordinal);
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(PduJson.Line(pdu));
        Assert.Equal("7143/11.14.3", json.RootElement.GetProperty("problems")[0].GetProperty("rule").GetString());
        Assert.Equal("Logout Request", json.RootElement.GetProperty("pdu").GetString());
    }
}
