using System.Diagnostics;

namespace Blockwire.Trace.Tests;

/// <summary>Whatever comes in: no crash, no hang, no memory without bound. Method: right inputs with bytes changed, cut, doubled, and random ones.</summary>
public sealed class HostileInputTests
{
    private static int Runs => int.TryParse(Environment.GetEnvironmentVariable("BLOCKWIRE_FUZZ_RUNS"), out int runs) ? runs : 4000;

    [Fact]
    public void Spoilt_inputs_are_read_or_refused()
    {
        byte[][] seeds =
        [
            Packets.Pcap(Packets.Ip(), 101), Packets.Pcap(Packets.Ip(), 101, isBig: true), Packets.Pcapng(Packets.Ip(), 101), Packets.Pcapng(Packets.Ip(), 101, isBig: true, resolution: 9),
            [.. Packets.Session.SelectMany(static it => it.Bytes)],
            System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString([.. Packets.Session.SelectMany(static it => it.Bytes)])),
            Packets.Pcap(Packets.Ip(new(System.Net.IPAddress.Parse("2001:db8::1"), 50000), new(System.Net.IPAddress.Parse("2001:db8::2"), 3260)), 101),
        ];
        int first = int.TryParse(Environment.GetEnvironmentVariable("BLOCKWIRE_FUZZ_SEED"), out int seed) ? seed : 0;
        for (int run = first; run < first + Runs; run++)
        {
            Random random = new(run);
            byte[] input = Spoil([.. seeds[random.Next(seeds.Length)]], random);
            Read(input, run);
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        for (int run = 0; run < 500; run++)
        {
            Random random = new(run);
            byte[] input = new byte[random.Next(5000)];
            random.NextBytes(input);
            Read(input, run);
        }
    }

    [Fact]
    public void Blocks_that_claim_much_take_no_memory()
    {
        byte[] file = [.. Packets.Pcapng([], 101), 6, 0, 0, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
        long before = GC.GetTotalAllocatedBytes(precise: true);

        Assert.Throws<TraceException>(() => Recorder.Read(file));

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1 << 20);
    }

    private static void Read(byte[] input, int run)
    {
        long at = Stopwatch.GetTimestamp();
        Recorder recorder = new();
        try
        {
            new TraceReader(recorder).Read(new MemoryStream(input));
        }
        catch (TraceException)
        {
            // Refused: that is an answer.
        }
        catch (Exception defect)
        {
            Assert.Fail($"BLOCKWIRE_FUZZ_SEED={run}: {defect}");
        }

        foreach (Blockwire.Trace.Streams.TracedPdu pdu in recorder.Pdus)
        {
            Assert.NotEmpty(Output.PduLines.Full(pdu));
            using (System.Text.Json.JsonDocument.Parse(Output.PduJson.Line(pdu)))
            {
                // It is JSON.
            }
        }

        Assert.True(Stopwatch.GetElapsedTime(at) < TimeSpan.FromSeconds(20), $"BLOCKWIRE_FUZZ_SEED={run}: it took {Stopwatch.GetElapsedTime(at)}");
    }

    private static byte[] Spoil(byte[] input, Random random)
    {
        for (int changes = random.Next(1, 8); changes > 0 && input.Length > 8; changes--)
        {
            int at = random.Next(input.Length);
            switch (random.Next(5))
            {
                case 0:
                    input[at] = (byte)random.Next(256);
                    break;
                case 1:
                    input[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    input = input[..at];
                    break;
                case 3:
                    int length = Math.Min(random.Next(200), input.Length - at);
                    input = [.. input[..at], .. input.AsSpan(at, length), .. input[at..]];
                    break;
                default:
                    for (int i = at; i < Math.Min(at + 4, input.Length); i++)
                    {
                        input[i] = 0xFF;
                    }

                    break;
            }
        }

        return input;
    }
}
