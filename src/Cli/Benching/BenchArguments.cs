using Blockwire.Initiator;

namespace Blockwire.Cli.Benching;

/// <summary>What `blockwire bench` is told.</summary>
/// <param name="Url">The unit.</param>
/// <param name="Block">Bytes of one command.</param>
/// <param name="Depth">Commands under way in each session.</param>
/// <param name="ReadPercent">How many of a hundred commands read.</param>
/// <param name="Time">How long it is measured.</param>
/// <param name="WarmUp">How long it runs before that.</param>
/// <param name="Sessions">Sessions.</param>
/// <param name="Sequential">Each command begins where the one before has ended.</param>
internal sealed record BenchArguments(IscsiUrl Url, int Block, int Depth, int ReadPercent, TimeSpan Time, TimeSpan WarmUp, int Sessions, bool Sequential);
