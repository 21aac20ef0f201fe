using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

/// <summary>What each PDU may not say, and which fault that is.</summary>
public class PduRuleTests
{
    private const uint None = Bhs.ReservedTag;

    [Fact]
    [Rule("7143/11.18.1")]
    public void A_NOP_Out_without_tag_is_immediate()
    {
        Assert.Equal(PduFault.ProtocolError, NopOut.Parse(new(Raw(0x00, 0x80).Itt(None).Bhs()), out _).Fault);
        Assert.Equal(PduFault.None, NopOut.Parse(new(Raw(0x40, 0x80).Itt(None).Bhs()), out _).Fault);
    }

    [Fact]
    [Rule("7143/11.19")]
    public void A_NOP_In_that_answers_nothing_has_no_data() =>
        Assert.Equal(PduFault.Format, NopIn.Parse(new(Raw(0x20, 0x80).Itt(None).U32(20, None).Data([1]).Bhs()), out _).Fault);

    [Fact]
    [Rule("7143/7.7")]
    public void A_NOP_In_has_one_tag_only() =>
        Assert.Equal(PduFault.Format, NopIn.Parse(new(Raw(0x20, 0x80).Itt(1).U32(20, 2).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.3.1")]
    [InlineData(0x00, 0, PduFault.InvalidField)] // neither W nor F
    [InlineData(0x40, 0, PduFault.InvalidField)] // R alone
    [InlineData(0x20, 512, PduFault.None)] // W alone: unsolicited data follows
    [InlineData(0x80, 0, PduFault.None)]
    [InlineData(0x80, 1, PduFault.InvalidField)] // data expected, no direction
    [InlineData(0xC0, 1, PduFault.None)]
    [InlineData(0xA0, 1, PduFault.None)]
    public void A_SCSI_Command_has_W_or_F_and_a_direction_for_its_data(byte flags, uint length, PduFault expected) =>
        Assert.Equal(expected, ScsiCommand.Parse(new(Raw(0x01, flags).Itt(1).U32(20, length).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.4.1")]
    [InlineData(0x98, 0, PduFault.Format)] // o and u
    [InlineData(0x86, 0, PduFault.Format)] // O and U
    [InlineData(0x92, 0, PduFault.None)]
    [InlineData(0x9E, 1, PduFault.None)] // not completed: the flags are to be ignored
    public void Overflow_and_underflow_exclude_each_other(byte flags, byte response, PduFault expected) =>
        Assert.Equal(expected, ScsiResponse.Parse(new(Raw(0x21, flags).U8(2, response).Itt(1).Bhs()), out _).Fault);

    [Fact]
    [Rule("7143/7.7")]
    public void CHECK_CONDITION_comes_with_sense()
    {
        RawPdu pdu = Raw(0x21, 0x80).U8(3, 2).Itt(1);
        Assert.Equal(PduFault.Format, ScsiResponse.Parse(new(pdu.Bhs()), out _).Fault);
        Assert.Equal(PduFault.None, ScsiResponse.Parse(new(pdu.Data(new byte[20]).Bhs()), out _).Fault);
        Assert.Equal(PduFault.None, ScsiResponse.Parse(new(pdu.Data([]).U8(2, 1).Bhs()), out _).Fault);
    }

    [Fact]
    [Rule("7143/11.5.1")]
    public void An_unassigned_function_is_for_the_task_manager_to_answer()
    {
        Assert.True(TaskManagementRequest.Parse(new(Raw(0x42, 0x80 | 77).Itt(1).Bhs()), out TaskManagementRequest request).IsOk);
        Assert.Equal((TaskManagementFunction)77, request.Function);
    }

    [Theory]
    [Rule("7143/11.12.3")]
    [InlineData(0xC4, PduFault.ProtocolError)] // T and C
    [InlineData(0x08, PduFault.ProtocolError)] // CSG 2
    [InlineData(0x86, PduFault.ProtocolError)] // T, NSG 2
    [InlineData(0x06, PduFault.None)] // NSG 2 without T is reserved
    [InlineData(0x87, PduFault.None)]
    public void A_Login_Request_has_fitting_flags(byte flags, PduFault expected) =>
        Assert.Equal(expected, LoginRequest.Parse(new(Raw(0x43, flags).Itt(1).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.13")]
    [InlineData(0xC4, 0x0000, PduFault.Format)]
    [InlineData(0x08, 0x0000, PduFault.Format)]
    [InlineData(0x86, 0x0000, PduFault.Format)]
    [InlineData(0xCA, 0x0300, PduFault.None)] // a refusal says no more than its status
    public void A_Login_Response_has_fitting_flags_unless_it_refuses(byte flags, ushort status, PduFault expected) =>
        Assert.Equal(expected, LoginResponse.Parse(new(Raw(0x23, flags).Itt(1).U16(36, status).Bhs()), out _).Fault);

    [Fact]
    [Rule("7143/11.12.5")]
    public void An_ISID_of_the_reserved_type_is_taken()
    {
        Assert.True(LoginRequest.Parse(new(Raw(0x43, 0x81).Itt(1).U64(8, 0xFFFFFFFFFFFF0000).Bhs()), out LoginRequest request).IsOk);
        Assert.Equal(0xFFFFFFFFFFFFUL, request.Isid);
    }

    [Theory]
    [InlineData(0xC0, PduFault.ProtocolError)]
    [InlineData(0x80, PduFault.None)]
    [InlineData(0x40, PduFault.None)]
    [Rule("7143/11.10.2")]
    public void C_and_F_of_a_Text_Request_exclude_each_other(byte flags, PduFault expected) =>
        Assert.Equal(expected, TextRequest.Parse(new(Raw(0x04, flags).Itt(1).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.11.1")]
    [InlineData(0xC0, 5, PduFault.Format)]
    [InlineData(0x00, None, PduFault.Format)]
    [InlineData(0x00, 5, PduFault.None)]
    [InlineData(0x80, 5, PduFault.None)] // to be ignored with F
    public void A_Text_Response_that_is_not_final_has_a_tag(byte flags, uint tag, PduFault expected) =>
        Assert.Equal(expected, TextResponse.Parse(new(Raw(0x24, flags).Itt(1).U32(20, tag).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.7.3")]
    [InlineData(0x01, 0, 5, PduFault.Format)] // S without F
    [InlineData(0x81, 2, 5, PduFault.Format)] // CHECK CONDITION
    [InlineData(0x81, 8, 5, PduFault.Format)] // BUSY
    [InlineData(0x87, 0, 5, PduFault.Format)] // O and U
    [InlineData(0x06, 2, 5, PduFault.None)] // without S they say nothing
    [InlineData(0x40, 0, None, PduFault.Format)] // A without tag
    [InlineData(0xC1, 0, 5, PduFault.None)]
    public void A_Data_In_has_fitting_flags(byte flags, byte status, uint tag, PduFault expected) =>
        Assert.Equal(expected, DataIn.Parse(new(Raw(0x25, flags).U8(3, status).Itt(1).U32(20, tag).Bhs()), out _).Fault);

    [Fact]
    [Rule("7143/11.8.4")]
    public void An_R2T_asks_for_something() =>
        Assert.Equal(PduFault.Format, ReadyToTransfer.Parse(new(Raw(0x31, 0x80).Itt(1).U32(20, 5).Bhs()), out _).Fault);

    [Fact]
    [Rule("7143/11.8.5")]
    public void An_R2T_has_a_tag() =>
        Assert.Equal(PduFault.Format, ReadyToTransfer.Parse(new(Raw(0x31, 0x80).Itt(1).U32(20, None).U32(44, 8).Bhs()), out _).Fault);

    [Theory]
    [Rule("7143/11.16")]
    [InlineData(0, None, None, 0, 0, PduFault.InvalidField)] // Data/R2T names a task
    [InlineData(1, None, None, 3, 4, PduFault.None)]
    [InlineData(2, None, None, 3, 0, PduFault.InvalidField)] // DataACK has the tag of the data
    [InlineData(2, None, 5, 3, 1, PduFault.InvalidField)] // and no RunLength
    [InlineData(2, None, 5, 3, 0, PduFault.None)]
    [InlineData(3, 1, 0, 0, 0, PduFault.InvalidField)] // the SNACK Tag is not 0
    [InlineData(3, 1, None, 0, 0, PduFault.InvalidField)] // nor reserved
    [InlineData(3, 1, 5, 1, 0, PduFault.InvalidField)]
    [InlineData(3, 1, 5, 0, 1, PduFault.InvalidField)]
    [InlineData(3, None, 5, 0, 0, PduFault.InvalidField)]
    [InlineData(3, 1, 5, 0, 0, PduFault.None)]
    [InlineData(4, 1, 5, 0, 0, PduFault.ProtocolError)] // reserved types
    [InlineData(15, 1, 5, 0, 0, PduFault.ProtocolError)]
    public void A_SNACK_says_what_its_type_needs(byte type, uint itt, uint tag, uint begRun, uint runLength, PduFault expected)
    {
        byte[] bhs = Raw(0x10, (byte)(0x80 | type)).Itt(itt).U32(20, tag).U32(40, begRun).U32(44, runLength).Bhs();
        Assert.Equal(expected, SnackRequest.Parse(new(bhs), out SnackRequest request).Fault);
        Assert.Equal((SnackType)type, request.Type);
    }

    [Theory]
    [Rule("7143/11.2.1.8")]
    [InlineData("SCSI Command", PduFault.InvalidField)]
    [InlineData("Task Management Request, ABORT TASK", PduFault.InvalidField)]
    [InlineData("Login Request, to the next stage", PduFault.InvalidField)]
    [InlineData("Text Request", PduFault.InvalidField)]
    [InlineData("Data-Out, solicited", PduFault.InvalidField)]
    [InlineData("Logout Request, close the connection", PduFault.InvalidField)]
    [InlineData("SCSI Response, completed", PduFault.Format)]
    [InlineData("Task Management Response", PduFault.Format)]
    [InlineData("Login Response, to the next stage", PduFault.Format)]
    [InlineData("Text Response, final", PduFault.Format)]
    [InlineData("Data-In, data alone", PduFault.Format)]
    [InlineData("Logout Response", PduFault.Format)]
    [InlineData("R2T", PduFault.Format)]
    public void Only_NOPs_and_what_needs_no_task_have_the_reserved_tag(string name, PduFault expected)
    {
        PduCase pdu = PduCases.Named(name);
        PduCheck check = pdu.Parse(new RawPdu(pdu.Golden).Itt(None).Bhs(), out _);
        Assert.Equal(expected, check.Fault);
        Assert.StartsWith("7143/", check.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Meanings_that_another_field_reserves_are_not_sent()
    {
        byte[] bhs = new byte[Bhs.Length];
        new LogoutRequest(true, LogoutReason.CloseSession, 1, 7).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x46, 0x80).Itt(1).Bhs()), Hex.Dump(bhs));

        new DataIn(true, false, false, ResidualFlags.Overflow, 2, 3, 1, 4, new(5), 6, 7).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x25, 0x80).Itt(1).U32(20, None).U32(36, 5).U32(40, 6).Bhs()), Hex.Dump(bhs));

        new DataOut(true, 3, 1, None, new(5), 6).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x05, 0x80).Itt(1).U32(20, None).U32(36, 5).U32(40, 6).Bhs()), Hex.Dump(bhs));

        new LoginResponse(false, false, LoginStage.SecurityNegotiation, LoginStage.FullFeaturePhase, 0, 0, 0, 0, 1, default).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x23, 0x00).Itt(1).Bhs()), Hex.Dump(bhs));

        new ScsiResponse(1, 2, 1, 0, new(4), ResidualFlags.Overflow, 5, 6).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x21, 0x80).U8(2, 1).Itt(1).Bhs()), Hex.Dump(bhs));

        new TextResponse(true, false, 3, 1, 4).Emit(bhs);
        Assert.Equal(Hex.Dump(Raw(0x24, 0x80).Itt(1).U32(20, None).Bhs()), Hex.Dump(bhs));
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void Login_status_values_are_those_of_the_table()
    {
        ushort[] table =
        [
            0x0000, 0x0101, 0x0102, 0x0200, 0x0201, 0x0202, 0x0203, 0x0204, 0x0205, 0x0206, 0x0207, 0x0208, 0x0209, 0x020A, 0x020B,
            0x0300, 0x0301, 0x0302,
        ];
        Assert.Equal(table, Enum.GetValues<LoginStatus>().Select(static s => (ushort)s).Order());
    }

    private static RawPdu Raw(byte first, byte flags) => new(first, flags);
}
