using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: a negotiation in full feature phase takes effect as a whole or not at all (RFC 7143 §7.12 b).</summary>
public class NegotiationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Rule("7143/7.12#3")]
    [Rule("7143/7.12#4")]
    public async Task What_a_failed_negotiation_had_agreed_takes_no_effect(bool succeeds)
    {
        const int Length = 16384;
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync();
        uint tag = initiator.NewTag();
        await initiator.SendAsync(RawFrames.TextRequest(tag, RawFrames.ReservedTag, final: false, "MaxRecvDataSegmentLength=1024"));
        uint transferTag = (await initiator.ExpectAsync(RawOpcode.TextResponse)).Word20;
        await initiator.SendAsync(RawFrames.TextRequest(tag, transferTag, final: true, succeeds ? [] : ["MaxRecvDataSegmentLength=2048"])); // declared twice
        Assert.Equal(succeeds ? RawOpcode.TextResponse : RawOpcode.Reject, (await initiator.ReceiveAsync())!.Opcode);
        await initiator.SendAsync(RawFrames.ScsiCommand(0, initiator.NewTag(), Length, 0, RawFrames.Cdb10(ServerRig.Read10, 0, Length / 512)));
        Assert.Equal(succeeds ? 1024 : Length, (await initiator.ExpectAsync(RawOpcode.DataIn)).Data.Length);
    }
}
