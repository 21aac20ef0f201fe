using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

/// <summary>The form of the two logout PDUs, in both directions.</summary>
public class LogoutCodecTests
{
    [Fact]
    [Rule("logout/L1")]
    public void Requests_survive_the_wire()
    {
        foreach (LogoutReason reason in Enum.GetValues<LogoutReason>())
        {
            foreach (bool immediate in (bool[])[false, true])
            {
                foreach (ushort cid in (ushort[])[0, 1, 0x7FFF, 0x8000, 0xFFFF])
                {
                    byte[] bhs = new byte[Bhs.Length];
                    new LogoutRequest(immediate, reason, 0x10111213, cid).Emit(bhs);
                    ushort sent = reason == LogoutReason.CloseSession ? (ushort)0 : cid; // reserved there, §11.14.3
                    Assert.Equal(immediate ? 0x46 : 0x06, bhs[0]);
                    Assert.Equal(0x80 | (int)reason, bhs[1]);
                    Assert.Equal(sent, (bhs[20] << 8) | bhs[21]);
                    Assert.Equal(PduCheck.Ok, LogoutRequest.Parse(new(bhs), out LogoutRequest back));
                    Assert.Equal(new(immediate, reason, 0x10111213, sent), back);
                }
            }
        }
    }

    [Fact]
    [Rule("logout/L2")]
    public void Responses_survive_the_wire()
    {
        foreach (LogoutResponseCode code in Enum.GetValues<LogoutResponseCode>())
        {
            foreach (ushort seconds in (ushort[])[0, 1, 3600, 0xFFFF])
            {
                byte[] bhs = new byte[Bhs.Length];
                LogoutResponse response = new(code, 0x10111213, seconds, (ushort)(seconds ^ 0x8001));
                response.Emit(bhs);
                Assert.Equal((byte)code, bhs[2]);
                Assert.Equal(PduCheck.Ok, LogoutResponse.Parse(new(bhs), out LogoutResponse back));
                Assert.Equal(response, back);
            }
        }
    }

    [Fact]
    [Rule("logout/L3")]
    public void A_clear_F_bit_is_no_part_of_the_reason()
    {
        Assert.Equal(PduCheck.Ok, LogoutRequest.Parse(new(new RawPdu(0x46, 0x01).Itt(1).U16(20, 9).Bhs()), out LogoutRequest request));
        Assert.Equal(new(true, LogoutReason.CloseConnection, 1, 9), request);
    }

    [Fact]
    [Rule("logout/L4")]
    public void Reserved_fields_are_ignored_and_sent_as_zero()
    {
        RawPdu junk = new RawPdu(0x46, 0x80).U16(2, 0xFFFF).U64(8, ulong.MaxValue).Itt(1).U32(20, 0x0001FFFF).InitiatorNumbers(2, 3)
            .U64(32, ulong.MaxValue).U64(40, ulong.MaxValue);
        Assert.Equal(PduCheck.Ok, LogoutRequest.Parse(new(junk.Bhs()), out LogoutRequest request));

        byte[] bhs = new byte[Bhs.Length];
        Array.Fill(bhs, (byte)0xA5);
        request.Emit(bhs);
        new InitiatorNumbers(new(2), new(3)).Write(bhs);
        Assert.Equal(Hex.Dump(new RawPdu(0x46, 0x80).Itt(1).InitiatorNumbers(2, 3).Bhs()), Hex.Dump(bhs));
    }

    [Theory]
    [Rule("logout/L5")]
    [InlineData(1, 0)]
    [InlineData(0, 4)]
    [InlineData(0, 1)]
    [InlineData(255, 0xFFFFFF)]
    [Rule("7143/11.14.2#1")]
    [Rule("7143/11.15.2#1")]
    public void Lengths_that_are_not_0_are_format_errors(byte ahsWords, int dataLength)
    {
        byte[] request = new RawPdu(0x46, 0x81).Itt(1).WithLengths(ahsWords, dataLength).Bhs();
        byte[] response = new RawPdu(0x26, 0x80).Itt(1).WithLengths(ahsWords, dataLength).Bhs();
        Assert.Equal(PduFault.Format, LogoutRequest.Parse(new(request), out _).Fault);
        Assert.Equal(PduFault.Format, LogoutResponse.Parse(new(response), out _).Fault);
    }

    [Fact]
    [Rule("logout/L6")]
    public void Reserved_reasons_are_protocol_errors()
    {
        for (int reason = 3; reason <= 0x7F; reason++)
        {
            byte[] bhs = new RawPdu(0x46, (byte)(0x80 | reason)).Itt(1).U16(20, 9).Bhs();
            Assert.Equal(PduFault.ProtocolError, LogoutRequest.Parse(new(bhs), out LogoutRequest request).Fault);
            Assert.Equal((LogoutReason)reason, request.Reason);
        }
    }
}
