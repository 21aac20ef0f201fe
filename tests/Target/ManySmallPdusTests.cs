using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>A connection that has more PDUs in its buffer than one turn takes.</summary>
public class ManySmallPdusTests
{
    private const int Pings = 20_000; // without data: many more than a turn takes fit into a wide buffer

    [Fact]
    public async Task All_are_answered_in_order_though_others_go_first_in_between()
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync();
        List<byte> stream = [];
        for (uint tag = 0; tag < Pings; tag++)
        {
            stream.AddRange(initiator.Number(RawFrames.NopOut(tag)).ToBytes());
        }

        Task sending = initiator.Connection.SendBytesAsync(stream.ToArray(), ServerRig.Limit);
        for (uint tag = 0; tag < Pings; tag++)
        {
            RawFrame? answer = await initiator.ReceiveAsync(ServerRig.Limit);
            Assert.Equal((RawOpcode.NopIn, tag), (answer!.Opcode, answer.InitiatorTaskTag));
        }

        await sending;
    }
}
