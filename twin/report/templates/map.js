// The map: binary attributes drawn by deck.gl in projected metres, without a background map.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const words = data.words, texts = words.texts;
  const $ = id => document.getElementById(id);

  // ---- arrays out of base64 ----
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const f32 = text => new Float32Array(bytes(text).buffer);
  const u32 = text => new Uint32Array(bytes(text).buffer);
  const u16 = text => new Uint16Array(bytes(text).buffer);
  const i32 = text => new Int32Array(bytes(text).buffer);
  const lines = raw => ({n: raw.n, points: f32(raw.points), starts: u32(raw.starts)});
  const each = (object, read) =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, read(value)]));
  const failures = raw => ({n: raw.n, year: bytes(raw.year), asset: u32(raw.asset),
    along: f32(raw.along), knownBy: bytes(raw.known_by), days: i32(raw.days), date: raw.date});

  const network = (kind, raw) => {
    const net = {...lines(raw), kind, code: bytes(raw.class), edgeId: u32(raw.edge_id),
      length: f32(raw.length_m), wear: each(raw.wear, bytes), age: each(raw.age, bytes),
      failures: each(raw.failures, failures),
      diameter: raw.diameter_mm ? u16(raw.diameter_mm) : null};
    const width = f32(raw.width_m);
    net.widths = new Float32Array(net.points.length / 2);
    for (let i = 0; i < net.n; i++) net.widths.fill(width[i], net.starts[i], net.starts[i + 1]);
    return net;
  };
  const networks = Object.fromEntries(
    Object.entries(data.networks).map(([kind, raw]) => [kind, network(kind, raw)]));
  const streets = lines(data.streets);
  const buildings = {...lines(data.buildings), use: bytes(data.buildings.use),
    floors: bytes(data.buildings.floors), people: u16(data.buildings.people)};

  // ---- colours: light blue, yellow, orange, dark red; each is darker than the one before, so
  // they stay apart in grey and for the colour-blind. Differences: blue, grey, orange. ----
  const WEAR = [[0, [116, 178, 214]], [0.3, [236, 202, 84]], [0.55, [238, 134, 50]],
                [0.78, [198, 44, 38]], [1, [88, 8, 36]]];
  const CHANGE = [[0, [0, 82, 155]], [0.35, [92, 160, 212]], [0.5, [196, 200, 206]],
                  [0.65, [236, 150, 76]], [1, [166, 60, 0]]];
  const DIFFERENCE_SPAN = 0.5; // half the width of the difference scale, share of wear
  const mix = (ramp, at) => {
    let i = 1;
    while (i < ramp.length - 1 && at > ramp[i][0]) i++;
    const [low, from] = ramp[i - 1], [high, to] = ramp[i];
    const part = Math.min(Math.max((at - low) / (high - low), 0), 1);
    return from.map((value, k) => Math.round(value + part * (to[k] - value)));
  };
  const table = (ramp, n) => Array.from({length: n + 1}, (_, i) => mix(ramp, i / n));
  const wearColours = table(WEAR, data.wear_steps);
  const changeColours = table(CHANGE, 2 * data.wear_steps);
  const css = ramp => `linear-gradient(90deg, ${ramp.map(
    ([at, colour]) => `rgb(${colour}) ${at * 100}%`).join(", ")})`;

  // ---- state and what follows from it ----
  const kinds = Object.keys(networks);
  const state = {network: kinds.find(kind => "diameter_mm" in data.networks[kind]) || kinds[0],
    arm: data.arms[0], mode: "wear", year: data.years.length - 1, failures: false};
  const net = () => networks[state.network];
  const rowOf = (values, i) => values[state.arm][state.year * net().n + i];
  const wearAt = (arm, i) => net().wear[arm][state.year * net().n + i];

  const colours = () => {
    const {n, starts, points} = net();
    const value = new Uint8Array(points.length * 2);
    const compare = state.mode === "difference";
    for (let i = 0; i < n; i++) {
      const worn = wearAt(state.arm, i);
      const change = (worn - wearAt(data.arms[0], i)) / DIFFERENCE_SPAN;
      const clipped = Math.min(Math.max(change, -data.wear_steps), data.wear_steps);
      const [r, g, b] = compare
        ? changeColours[Math.round(clipped) + data.wear_steps] : wearColours[worn];
      for (let k = starts[i]; k < starts[i + 1]; k++) {
        value[4 * k] = r; value[4 * k + 1] = g; value[4 * k + 2] = b; value[4 * k + 3] = 255;
      }
    }
    return value;
  };

  // the point that lies a share of the way along a line
  const pointOn = (i, share) => {
    const {starts, points} = net();
    let whole = 0;
    const step = k => Math.hypot(points[2 * k + 2] - points[2 * k], points[2 * k + 3] - points[2 * k + 1]);
    for (let k = starts[i]; k < starts[i + 1] - 1; k++) whole += step(k);
    let left = whole * share;
    for (let k = starts[i]; k < starts[i + 1] - 1; k++) {
      const size = step(k);
      if (left <= size || k === starts[i + 1] - 2) {
        const part = size ? Math.min(left / size, 1) : 0;
        return [points[2 * k] + part * (points[2 * k + 2] - points[2 * k]),
                points[2 * k + 1] + part * (points[2 * k + 3] - points[2 * k + 1])];
      }
      left -= size;
    }
    return [points[2 * starts[i]], points[2 * starts[i] + 1]];
  };
  const failuresOfYear = () => {
    const all = net().failures[state.arm], found = [];
    for (let k = 0; k < all.n; k++) if (all.year[k] === state.year) found.push(k);
    return found;
  };

  // ---- numbers and tooltips ----
  // own marks: browsers lack Kazakh ones
  const fixed = digits => ({format: value =>
    value.toFixed(digits).replace("-", "\u2212").replace(".", words.decimal)});
  const whole = fixed(0), tenth = fixed(1);
  const share = value => `${whole.format(100 * value)}\u00a0%`;
  const points = value => `${value > 0 ? "+" : ""}${tenth.format(100 * value)}\u00a0${words.units.percentage_points}`;
  const escape = text => String(text).replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
  const box = (title, rows) => ({
    html: `<b>${escape(title)}</b>` + rows.map(
      ([name, value]) => `<div><span>${escape(name)}</span> ${escape(value)}</div>`).join(""),
    className: "tip", style: {background: "", color: "", padding: ""},
  });
  const failedSoFar = i => {
    const all = net().failures[state.arm];
    let count = 0;
    for (let k = 0; k < all.n; k++) if (all.asset[k] === i && all.year[k] <= state.year) count++;
    return count;
  };
  const lineTip = i => {
    const {kind, code, diameter, edgeId, length} = net();
    const worn = wearAt(state.arm, i) / data.wear_steps;
    const before = wearAt(data.arms[0], i) / data.wear_steps;
    const rows = [[texts.wear, share(worn)]];
    if (state.arm !== data.arms[0]) rows.push([texts.in_base, `${share(before)} (${points(worn - before)})`]);
    rows.push([texts.age, `${rowOf(net().age, i)} ${texts.years}`]);
    if (kind === "street") rows.push([texts.road_class, words.road_classes[data.road_classes[code[i]]]]);
    else rows.push([texts.material, words.materials[data.materials[code[i]]]],
                   [texts.diameter, `${diameter[i]} ${words.units.mm}`]);
    rows.push([texts.length, `${whole.format(length[i])} ${words.units.m}`], [texts.fails_so_far, failedSoFar(i)]);
    return box(`${words.network_items[kind]} ${edgeId[i]}`, rows);
  };
  const failureTip = k => {
    const all = net().failures[state.arm], how = data.known_by[all.knownBy[k]];
    const rows = [];
    if (how) rows.push([texts.known_by, words.known_by[how]]);
    rows.push(["", all.days[k] < 0 ? texts.not_mended : texts.mended.replace("{n}", all.days[k])]);
    return box(`${texts.failure} · ${all.date[k]}`, rows);
  };
  const buildingTip = i => box(words.uses[data.uses[buildings.use[i]]],
    [[texts.storeys, buildings.floors[i]], [texts.people, buildings.people[i]]]);
  const tooltip = ({layer, index}) => {
    if (!layer || index < 0) return null;
    if (layer.id.startsWith("network")) return lineTip(index);
    if (layer.id === "failures") return failureTip(shown[index]);
    return layer.id === "buildings" ? buildingTip(index) : null;
  };

  // ---- layers ----
  const buildingLayer = () => new deck.SolidPolygonLayer({
    id: "buildings", pickable: true, _normalize: false, _windingOrder: "CCW",
    data: {length: buildings.n, startIndices: buildings.starts,
           attributes: {getPolygon: {value: buildings.points, size: 2}}},
    getFillColor: [196, 201, 209],
  });
  const streetLayer = () => new deck.PathLayer({
    id: "streets", _pathType: "open", positionFormat: "XY",
    data: {length: streets.n, startIndices: streets.starts,
           attributes: {getPath: {value: streets.points, size: 2}}},
    getColor: [255, 255, 255], getWidth: 9, widthUnits: "common", widthMinPixels: 1.5,
    widthMaxPixels: 30, capRounded: true, jointRounded: true,
  });
  const networkLayer = () => new deck.PathLayer({
    id: `network-${state.network}`, pickable: true, autoHighlight: true,
    highlightColor: [20, 20, 20, 255], _pathType: "open", positionFormat: "XY",
    data: {length: net().n, startIndices: net().starts, attributes: {
      getPath: {value: net().points, size: 2},
      getColor: {value: colours(), size: 4, normalized: true},
      getWidth: {value: net().widths, size: 1}}},
    widthUnits: "common", widthMinPixels: 1.8, widthMaxPixels: 9, capRounded: true, jointRounded: true,
  });
  let shown = [];
  const failureLayer = () => new deck.ScatterplotLayer({
    id: "failures", pickable: true, visible: state.failures, data: shown,
    getPosition: k => { const all = net().failures[state.arm]; return pointOn(all.asset[k], all.along[k]); },
    getRadius: 14, radiusUnits: "common", radiusMinPixels: 4, radiusMaxPixels: 9, stroked: true,
    getFillColor: [255, 255, 255], getLineColor: [20, 20, 20], lineWidthUnits: "pixels", getLineWidth: 2,
  });
  const layers = () => {
    shown = failuresOfYear();
    return [buildingLayer(), streetLayer(), networkLayer(), failureLayer()];
  };

  // ---- the panel ----
  const choices = (id, options, name) => {
    for (const [value, label] of options) {
      const item = document.createElement("label");
      const input = Object.assign(document.createElement("input"),
        {type: "radio", name, value, checked: state[name] === value});
      input.addEventListener("change", () => update({[name]: value}));
      item.append(input, label);
      $(id).append(item);
    }
  };
  const ramp = () => {
    const compare = state.mode === "difference";
    $("legend-title").textContent = compare
      ? `${texts.difference}, ${words.units.percentage_points}` : `${texts.wear}, %`;
    $("legend-ramp").style.background = css(compare ? CHANGE : WEAR);
    const span = 100 * DIFFERENCE_SPAN;
    const ticks = compare ? [-span, -span / 2, 0, span / 2, span] : [0, 25, 50, 75, 100];
    $("legend-ticks").replaceChildren(...ticks.map(tick => {
      const mark = document.createElement("span");
      mark.textContent = (compare && tick > 0 ? "+" : "") + whole.format(tick);
      return mark;
    }));
    $("legend-ends").replaceChildren(...(compare ? [texts.less_worn, texts.more_worn] : []).map(text => {
      const end = document.createElement("span");
      end.textContent = text;
      return end;
    }));
  };
  const WORN_OUT = 0.7;
  const summary = arm => {
    let length = 0, worn = 0, out = 0;
    for (let i = 0; i < net().n; i++) {
      const value = wearAt(arm, i) / data.wear_steps, size = net().length[i];
      length += size; worn += value * size;
      if (value > WORN_OUT) out += size;
    }
    const all = net().failures[arm];
    let failed = 0;
    for (let k = 0; k < all.n; k++) failed += all.year[k] === state.year;
    return {worn: worn / length, out: out / length, failed};
  };
  const figures = () => {
    const mine = summary(state.arm), base = summary(data.arms[0]);
    const other = state.arm === data.arms[0] ? null : base;
    const rows = [[texts.mean_wear, tenth.format(100 * mine.worn) + "\u00a0%", other && tenth.format(100 * other.worn) + "\u00a0%"],
      [texts.worn_out, share(mine.out), other && share(other.out)],
      [texts.failed, state.year ? mine.failed : "–", other && (state.year ? other.failed : "–")]];
    $("map-figures").replaceChildren(...rows.flatMap(([name, value, before]) => {
      const term = document.createElement("dt"), text = document.createElement("dd");
      term.textContent = name;
      text.textContent = value;
      if (before !== null) {
        const note = document.createElement("small");
        note.textContent = ` ${texts.in_base} ${before}`;
        text.append(note);
      }
      return [term, text];
    }));
  };
  const scaleBar = zoom => {
    const metres = 110 / 2 ** zoom, unit = 10 ** Math.floor(Math.log10(metres));
    const size = [5, 2, 1].find(step => step * unit <= metres) * unit;
    $("scale").style.width = `${size * 2 ** zoom}px`;
    $("scale").textContent = size < 1000 ? `${size} ${words.units.m}` : `${size / 1000} ${words.units.km}`;
  };

  let view = null;
  const update = change => {
    Object.assign(state, change);
    if (state.arm === data.arms[0] && state.mode === "difference") state.mode = "wear";
    for (const input of document.querySelectorAll('#pick-mode input')) {
      input.checked = input.value === state.mode;
      input.disabled = input.value === "difference" && state.arm === data.arms[0];
    }
    $("year").value = state.year;
    $("year-text").textContent = state.year ? data.years[state.year] : texts.start_of_run;
    $("failures-note").hidden = !state.failures;
    ramp();
    figures();
    if (view) view.setProps({layers: layers()});
  };

  choices("pick-network", kinds.map(kind => [kind, words.networks[kind]]), "network");
  choices("pick-arm", data.arms.map(arm => [arm, words.arms[arm]]), "arm");
  choices("pick-mode", [["wear", texts.wear], ["difference", texts.difference]], "mode");
  $("year").max = data.years.length - 1;
  $("year").addEventListener("input", event => update({year: Number(event.target.value)}));
  $("show-failures").addEventListener("change", event => update({failures: event.target.checked}));
  let timer = 0;
  $("play").addEventListener("click", () => {
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      $("play").textContent = "▶";
      $("play").setAttribute("aria-label", texts.play);
    };
    if (timer) return stop();
    $("play").textContent = "❚❚";
    $("play").setAttribute("aria-label", texts.pause);
    if (state.year === data.years.length - 1) update({year: 0});
    timer = setInterval(() => {
      update({year: state.year + 1});
      if (state.year === data.years.length - 1) stop();
    }, 900);
  });

  const start = () => {
    const frame = $("map");
    const [width, height] = data.size_m;
    const zoom = Math.log2(Math.min(frame.clientWidth / width, frame.clientHeight / height) * 0.94);
    scaleBar(zoom);
    view = new deck.Deck({
      parent: frame,
      views: new deck.OrthographicView({flipY: false}),
      initialViewState: {target: [0, 0, 0], zoom, minZoom: zoom - 1, maxZoom: 4},
      controller: {scrollZoom: {smooth: true}, doubleClickZoom: true},
      pickingRadius: 5,
      // keeps the picture for printing
      deviceProps: {type: "webgl", webgl: {preserveDrawingBuffer: true}},
      layers: layers(),
      getTooltip: tooltip,
      onViewStateChange: ({viewState}) => scaleBar(viewState.zoom),
      onError: error => { $("no-webgl").hidden = false; console.error(error); },
      onAfterRender: () => { document.documentElement.dataset.map = "ready"; },
    });
  };
  update({});
  const canvas = document.createElement("canvas");
  if (canvas.getContext("webgl2")) start();
  else $("no-webgl").hidden = false;
})();
