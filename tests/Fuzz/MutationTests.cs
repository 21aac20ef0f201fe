using Blockwire.Testing;

namespace Blockwire.Fuzz.Tests;

/// <summary>
/// Goal: whatever a peer sends, the server answers or closes, serves others, and does not grow. Method: ten thousand PDUs spoilt in
/// every way of <see cref="Mutation"/>, over many connections, from one seed. BLOCKWIRE_FUZZ_SEED replays a run.
/// </summary>
public sealed class MutationTests
{
    private const int Pdus = 10_000;
    private const int Rounds = 10;
    private const int Peers = 4;
    private const long GrowthBytes = 64L << 20;

    [Fact]
    public async Task TenThousandSpoiltPdusDoNoHarm()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("BLOCKWIRE_FUZZ_SEED"), out int given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"BLOCKWIRE_FUZZ_SEED={seed} replays this run");
        await using FuzzServer server = await FuzzServer.StartAsync();
        await server.ServesAGoodClientAsync(seed);
        Dictionary<Mutation, int> sent = [];
        long before = 0;
        for (int round = 0; round < Rounds; round++)
        {
            int roundSeed = seed + (round * 1000);
            List<Mutation>[] each = await Task.WhenAll(Enumerable.Range(0, Peers).Select(peer => RunPeersAsync(server, roundSeed + peer)));
            foreach (Mutation kind in each.SelectMany(static it => it))
            {
                sent[kind] = sent.GetValueOrDefault(kind) + 1;
            }

            await server.ServesAGoodClientAsync(roundSeed);
            before = round == 0 ? server.ResidentBytes : before;
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", sent.OrderBy(static it => it.Key).Select(static it => $"{it.Key} {it.Value}")));
        Assert.True(sent.Values.Sum() >= Pdus, $"{sent.Values.Sum()} PDUs");
        Assert.Equal(Enum.GetValues<Mutation>().Length, sent.Count);

        server.BlamesOnlyPeers();

        // The first round has warmed everything up: after it the server may not grow with the number of bad PDUs.
        await server.SettlesBelowAsync(before + GrowthBytes, TimeSpan.FromSeconds(30));
    }

    private static async Task<List<Mutation>> RunPeersAsync(FuzzServer server, int seed)
    {
        Random random = new(seed);
        List<Mutation> sent = [];
        while (sent.Count < Pdus / Rounds / Peers)
        {
            HostilePeer peer = new(server, random.Next());
            await peer.RunAsync(most: 20);
            sent.AddRange(peer.Sent);
        }

        return sent;
    }
}
