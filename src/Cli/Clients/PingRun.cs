using System.Globalization;
using System.Text.Json.Nodes;
using Blockwire.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Text;

namespace Blockwire.Cli.Clients;

/// <summary>What `blockwire ping` is told.</summary>
/// <param name="Url">A target, or a portal only.</param>
/// <param name="Count">NOP-Outs; 0 goes on until it is interrupted.</param>
/// <param name="Interval">Time between them.</param>
/// <param name="Size">Bytes of ping data.</param>
/// <param name="TimeLimit">How long an answer is waited for.</param>
internal sealed record PingArguments(IscsiUrl Url, int Count, TimeSpan Interval, int Size, TimeSpan TimeLimit);

/// <summary>`blockwire ping`: NOP-Outs and the time until their answers (RFC 7143 §11.18).</summary>
internal static class PingRun
{
    public static async Task<int> RunAsync(ClientContext context, PingArguments arguments, CancellationToken stop)
    {
        await using ConnectedSession connected = await context.Connector.OpenSessionAsync(await FindTargetAsync(context, arguments.Url, stop), stop);
        IscsiSession session = connected.Session;
        string where = $"{session.Connections.Select(static it => it.Portal).FirstOrDefault()} {session.Options.TargetName}";
        if (!context.Json)
        {
            await context.WriteAsync($"PING {where}: {arguments.Size} bytes of ping data\n");
        }

        PingTally tally = await PingAllAsync(context, session, arguments, stop);
        if (context.Json)
        {
            await context.WriteJsonAsync(tally.ToJson(session.Options.TargetName.ToString()!, where.Split(' ')[0], arguments.Size));
        }
        else
        {
            await context.WriteAsync(tally.ToText(where));
        }

        return tally.Answered > 0 ? ExitStatus.Done : throw new CliException($"{where}: no NOP-Out was answered; see the target's log, or wait longer with --timeout");
    }

    // A discovery session takes no NOP-Out (RFC 7143 §4.3), so that a portal is asked for a target first.
    private static async Task<IscsiUrl> FindTargetAsync(ClientContext context, IscsiUrl url, CancellationToken stop)
    {
        if (url.TargetName is not null)
        {
            return url;
        }

        Discovery found = await context.Connector.DiscoverAsync(url, cancellationToken: stop);
        DiscoveredTarget target = found.Targets.FirstOrDefault()
            ?? throw new CliException($"{url.Portals[0]}: it tells of no target, and NOP-Outs need one; name it: {url}/TARGET");
        return url with { TargetName = IscsiName.TryReceive(target.Name, out IscsiName name, out _) ? name : null };
    }

    private static async Task<PingTally> PingAllAsync(ClientContext context, IscsiSession session, PingArguments arguments, CancellationToken stop)
    {
        PingTally tally = new();
        byte[] data = new byte[arguments.Size];
        System.Random.Shared.NextBytes(data);
        using PeriodicTimer timer = new(arguments.Interval);
        while (!stop.IsCancellationRequested)
        {
            string line = await PingAsync(session, data, arguments.TimeLimit, tally, stop);
            if (!context.Json && line.Length > 0)
            {
                await context.WriteAsync($"{line}\n");
            }

            if (tally.Sent == arguments.Count)
            {
                break;
            }

            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                // Interrupted: what came until now is told.
            }
        }

        return tally;
    }

    private static async Task<string> PingAsync(IscsiSession session, byte[] data, TimeSpan limit, PingTally tally, CancellationToken stop)
    {
        using CancellationTokenSource late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        late.CancelAfter(limit);
        int number = tally.Begin();
        try
        {
            TimeSpan took = await session.PingAsync(data, late.Token);
            tally.Add(took);
            return string.Create(CultureInfo.InvariantCulture, $"answer to {number}: time={took.TotalMilliseconds:0.000} ms");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            tally.Withdraw();
            return "";
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer to {number} within {limit.TotalSeconds} s");
        }
        catch (CommandLostException lost)
        {
            return $"no answer to {number}: {lost.Message}";
        }
    }
}

/// <summary>What came back, and how fast.</summary>
internal sealed class PingTally
{
    private readonly List<double> _milliseconds = [];

    public int Sent { get; private set; }

    public int Answered => _milliseconds.Count;

    /// <summary>One more is sent; its number.</summary>
    public int Begin() => ++Sent;

    /// <summary>Nobody waited for its answer.</summary>
    public void Withdraw() => Sent--;

    public void Add(TimeSpan took) => _milliseconds.Add(took.TotalMilliseconds);

    public string ToText(string where)
    {
        string lost = string.Create(CultureInfo.InvariantCulture, $"--- {where} ---\n{Sent} NOP-Outs sent, {Answered} answered, {LostPercent:0.#}% lost\n");
        return Answered == 0 ? lost : lost + string.Create(
            CultureInfo.InvariantCulture, $"min/avg/max/mdev = {_milliseconds.Min():0.000}/{_milliseconds.Average():0.000}/{_milliseconds.Max():0.000}/{Deviation:0.000} ms\n");
    }

    public JsonObject ToJson(string target, string portal, int size) => new()
    {
        ["target"] = target,
        ["portal"] = portal,
        ["size"] = size,
        ["sent"] = Sent,
        ["answered"] = Answered,
        ["lostPercent"] = LostPercent,
        ["minMs"] = Answered == 0 ? null : _milliseconds.Min(),
        ["meanMs"] = Answered == 0 ? null : _milliseconds.Average(),
        ["maxMs"] = Answered == 0 ? null : _milliseconds.Max(),
        ["deviationMs"] = Answered == 0 ? null : Deviation,
    };

    private double LostPercent => Sent == 0 ? 0 : 100.0 * (Sent - Answered) / Sent;

    private double Deviation => Math.Sqrt(Math.Max(0, _milliseconds.Average(static it => it * it) - Math.Pow(_milliseconds.Average(), 2)));
}
